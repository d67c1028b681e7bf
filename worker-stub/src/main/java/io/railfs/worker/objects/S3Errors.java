// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.worker.objects.ObjectException.Kind;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import javax.xml.stream.XMLStreamException;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkServiceException;
import software.amazon.awssdk.http.SdkHttpResponse;

/** What the SDK's exceptions mean, as phrases with status and code and without secrets. */
final class S3Errors {
  private static final int LONGEST_REASON = 200;
  private static final int BAD_REQUEST = 400;
  private static final int SERVER_ERROR = 500;
  private static final int NOT_IMPLEMENTED = 501;

  /** What is said with 400 about credentials. */
  private static final Set<String> CREDENTIALS =
      Set.of(
          "ExpiredToken",
          "ExpiredTokenException",
          "InvalidToken",
          "TokenRefreshRequired",
          "InvalidAccessKeyId",
          "SignatureDoesNotMatch");

  /** What no other try cures, for it asks at the wrong place or in the wrong way. */
  private static final Set<String> PLACES =
      Set.of(
          "AuthorizationHeaderMalformed",
          "IllegalLocationConstraintException",
          "InvalidBucketName",
          "InvalidRegion",
          "NoSuchBucket",
          "PermanentRedirect",
          "TemporaryRedirect");

  private static final Set<String> THROTTLED =
      Set.of("SlowDown", "TooManyRequests", "Throttling", "ThrottlingException");

  /** SlowDown is said with it, and the answer to a HEAD has no other word. */
  private static final int UNAVAILABLE = 503;

  private static final int TOO_MANY = 429;

  private final Map<String, String> options;

  /**
   * @param options of the store, whose secrets are kept out of messages
   */
  S3Errors(Map<String, String> options) {
    this.options = Map.copyOf(options);
  }

  /** Whether an answer came that is not what was asked for: a page of a proxy, another XML. */
  static boolean isUnreadable(Throwable failure) {
    return cause(failure, XMLStreamException.class::isInstance) != null
        || cause(failure, UnfitAnswer.class::isInstance) != null;
  }

  /** Whether nothing came: no connection, or no answer in time. */
  static boolean isNoAnswer(Throwable failure) {
    return isLate(failure)
        || (!(failure instanceof SdkServiceException)
            && !isUnreadable(failure)
            && !isBrokenOff(failure)
            && !isMisfit(failure)
            && cause(
                    failure,
                    each ->
                        each instanceof ConnectException
                            || each instanceof UnknownHostException
                            || each instanceof TimeoutException
                            || each instanceof IOException)
                != null);
  }

  /** Whether bytes came that do not fit their checksum; the SDK says so only in words. */
  static boolean isMisfit(Throwable failure) {
    return cause(failure, each -> String.valueOf(each.getMessage()).contains("different checksum"))
        != null;
  }

  /** Whether the SDK's own time was over, which it may wrap in something else. */
  static boolean isLate(Throwable failure) {
    return cause(
            failure,
            each ->
                each instanceof ApiCallAttemptTimeoutException
                    || each instanceof ApiCallTimeoutException)
        != null;
  }

  /** Whether the store wants fewer requests. */
  static boolean isThrottled(Throwable failure) {
    return failure instanceof AwsServiceException refused
        && (refused.statusCode() == UNAVAILABLE
            || refused.statusCode() == TOO_MANY
            || (refused.awsErrorDetails() != null
                && refused.awsErrorDetails().errorCode() != null
                && THROTTLED.contains(refused.awsErrorDetails().errorCode())));
  }

  /** Whether an answer had begun to come: Netty's client of the SDK says so only in words. */
  private static boolean isBrokenOff(Throwable failure) {
    return cause(failure, each -> String.valueOf(each.getMessage()).contains("only received"))
        != null;
  }

  /** Whether the thread that asked was interrupted. */
  static boolean isInterrupted(Throwable failure) {
    return cause(
            failure,
            each -> each instanceof InterruptedException || each instanceof AbortedException)
        != null;
  }

  /** Whether the store's certificate is not believed. */
  static boolean isMistrust(Throwable failure) {
    return cause(failure, GeneralSecurityException.class::isInstance) != null;
  }

  /** The first failure of that kind among a failure and its causes, or null. */
  static Throwable cause(Throwable failure, Predicate<Throwable> wanted) {
    int depth = 0;
    for (Throwable each = failure; each != null && depth < 20; each = each.getCause(), depth++) {
      if (wanted.test(each)) {
        return each;
      }
    }
    return null;
  }

  /**
   * What a failure means.
   *
   * @param ended why the call ended, which may be its time
   */
  ObjectException of(Throwable ended, S3Call call) {
    // At the end of its time the SDK says only that, and otherwise makes a copy of the last
    // failure.
    Throwable failure = call.failure() != null ? call.failure() : ended;
    Throwable none = cause(failure, S3Credentials.NoKeys.class::isInstance);
    if (none != null) {
      return S3KeyTrouble.of(none, phrase(none.getMessage()));
    }
    Throwable known = cause(failure, ObjectFailure.class::isInstance);
    if (known != null) {
      return ((ObjectFailure) known).meaning();
    }
    Throwable refused = cause(failure, AwsServiceException.class::isInstance);
    if (refused != null) {
      return refusal((AwsServiceException) refused, call);
    }
    Throwable unfit = cause(failure, UnfitAnswer.class::isInstance);
    if (unfit != null) {
      return new ObjectException(Kind.TEMPORARY, unfit.getMessage());
    }
    if (isUnreadable(failure)) {
      return new ObjectException(Kind.TEMPORARY, "its answer is not the XML of S3");
    }
    if (isMisfit(failure)) {
      return new ObjectException(Kind.TEMPORARY, "its answer does not fit its checksum");
    }
    if (isBrokenOff(failure)) {
      return new ObjectException(Kind.TEMPORARY, "its answer broke off");
    }
    Throwable mistrust = cause(failure, GeneralSecurityException.class::isInstance);
    if (mistrust != null) {
      return new ObjectException(
          Kind.MISCONFIGURED,
          "its certificate is not believed ("
              + phrase(mistrust.getMessage())
              + "); name its authority with ca_file");
    }
    return isNoAnswer(failure)
        ? silence(failure)
        : new ObjectException(Kind.PERMANENT, phrase(root(failure).toString()));
  }

  /** Whether there are no keys to sign with; the store has not been asked. */
  static boolean isNoKeys(Throwable failure) {
    return cause(failure, S3Credentials.NoKeys.class::isInstance) != null;
  }

  /** The code of an answer; empty where it has none. */
  static String code(AwsErrorDetails details) {
    String code = details == null ? null : details.errorCode();
    return code == null ? "" : code.replaceAll("[^A-Za-z0-9_.]", "");
  }

  private ObjectException silence(Throwable failure) {
    if (isLate(failure)) {
      return new ObjectException(Kind.TIMEOUT, "no answer in time");
    }
    Throwable root = root(failure);
    String text = String.valueOf(root.getMessage()).toLowerCase(Locale.ROOT);
    boolean late = text.contains("timed out") || root instanceof TimeoutException;
    return late
        ? new ObjectException(Kind.TIMEOUT, "time-out")
        : new ObjectException(Kind.NO_ANSWER, noConnection(failure, root, text));
  }

  private String noConnection(Throwable failure, Throwable root, String text) {
    Throwable unknown = cause(failure, UnknownHostException.class::isInstance);
    if (unknown != null) {
      return "unknown host " + phrase(unknown.getMessage()).replaceAll(":.*", "");
    }
    if (text.contains("connection refused")) {
      return "connection refused";
    }
    return root.getMessage() == null
        ? phrase(root.getClass().getSimpleName())
        : phrase(root.getMessage());
  }

  static Throwable root(Throwable failure) {
    Throwable last = failure;
    for (int depth = 0; last.getCause() != null && depth < 20; depth++) {
      last = last.getCause();
    }
    return last;
  }

  private ObjectException refusal(AwsServiceException e, S3Call call) {
    AwsErrorDetails details = e.awsErrorDetails();
    String code = code(details);
    int status = e.statusCode();
    SdkHttpResponse response = details == null ? null : details.sdkHttpResponse();
    Kind kind = kind(status, code);
    Optional<String> skew =
        kind == Kind.DENIED && response != null
            ? response
                .firstMatchingHeader("Date")
                .flatMap(date -> Skew.of(date, call.asked(), Instant.now()))
            : Optional.empty();
    if (skew.isPresent()) {
      return new ObjectException(Kind.CLOCK, skew.get());
    }
    String region =
        response == null ? "" : response.firstMatchingHeader("x-amz-bucket-region").orElse("");
    boolean elsewhere = kind == Kind.MISCONFIGURED && region.matches("[a-z0-9-]{1,40}");
    return new ObjectException(
        kind,
        ("it answers " + status + " " + code).strip()
            + (elsewhere ? ", the bucket is in region " + region : ""));
  }

  private static Kind kind(int status, String code) {
    if (CREDENTIALS.contains(code)) {
      return Kind.DENIED;
    }
    if (PLACES.contains(code)) {
      return Kind.MISCONFIGURED;
    }
    if (THROTTLED.contains(code)) {
      return Kind.THROTTLED;
    }
    if (code.equals("RequestTimeout")) {
      return Kind.TEMPORARY;
    }
    if (status == BAD_REQUEST && code.isEmpty()) {
      return Kind.UNEXPLAINED;
    }
    return switch (status) {
      // An error in the place of what was asked for.
      case 200, 206 -> Kind.TEMPORARY;
      case 301, 302, 307, 308 -> Kind.MISCONFIGURED;
      case 401, 403 -> Kind.DENIED;
      case 404 -> Kind.NOT_FOUND;
      case 412 -> Kind.STALE;
      case 416 -> Kind.OTHER_OBJECT;
      case 408 -> Kind.TEMPORARY;
      case TOO_MANY, UNAVAILABLE -> Kind.THROTTLED;
      default ->
          status >= SERVER_ERROR && status != NOT_IMPLEMENTED ? Kind.TEMPORARY : Kind.PERMANENT;
    };
  }

  /** A text of others as part of a sentence. */
  String phrase(String text) {
    String clean = Scrub.text(String.valueOf(text), options).replaceAll("\\s+", " ").strip();
    return clean.length() <= LONGEST_REASON ? clean : clean.substring(0, LONGEST_REASON) + "...";
  }

  /** An answer that another try may make fit. */
  static final class UnfitAnswer extends SdkClientException {
    private static final long serialVersionUID = 1;

    UnfitAnswer(String phrase) {
      super(builder().message(phrase));
    }

    @Override
    public String getMessage() {
      return rawMessage();
    }

    @Override
    public boolean retryable() {
      return true;
    }
  }

  /** A failure whose meaning is known already, on its way through the SDK. */
  static final class ObjectFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient ObjectException meaning;

    ObjectFailure(Kind kind, String phrase) {
      super(phrase);
      this.meaning = new ObjectException(kind, phrase);
    }

    ObjectException meaning() {
      return meaning;
    }
  }
}
