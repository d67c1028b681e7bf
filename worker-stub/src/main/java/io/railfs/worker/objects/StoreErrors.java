// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.worker.objects.ObjectException.Kind;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.opendal.OpenDALException;

/**
 * What OpenDAL's exceptions mean. Their texts begin with "Kind (temporary) at operation => reason",
 * which is the only place where they say whether a retry may help; what follows are headers and
 * URLs, which nobody needs and which may hold secrets.
 */
final class StoreErrors {
  private static final int LONGEST_REASON = 200;

  /**
   * The answer ended before the length that its own header gave: nothing about the object. So end
   * those whose connection goes with the native threads of another session, for OpenDAL shares idle
   * connections among all sessions of a process.
   */
  private static final String CUT_ANSWER = "http response got too little data";

  private static final Pattern SERVICE_CODE = Pattern.compile("[Cc]ode: \"([A-Za-z0-9_.]+)\"");

  /** As OpenDAL shows the status of an answer. */
  private static final Pattern THROTTLED = Pattern.compile("status: (?:503|429)\\b");

  private static final Pattern LAST_SOURCE =
      Pattern.compile("(?s).*Source:\\s*(.*?)\\s*(?:\n|$).*");

  private final Map<String, String> options;

  /**
   * @param options of the store, whose secrets are kept out of messages
   */
  StoreErrors(Map<String, String> options) {
    this.options = Map.copyOf(options);
  }

  /** What a failure means that no store had a part in. */
  ObjectException of(OpenDALException e) {
    return of(e, Instant.now());
  }

  /**
   * What a failure means.
   *
   * @param asked when the request began, by this machine's clock
   */
  ObjectException of(OpenDALException e, Instant asked) {
    String message = String.valueOf(e.getMessage());
    Kind kind = kind(e);
    Optional<String> skew =
        kind == Kind.DENIED ? Skew.in(message, asked, Instant.now()) : Optional.empty();
    return skew.isPresent()
        ? new ObjectException(Kind.CLOCK, skew.get())
        : new ObjectException(kind, reason(message));
  }

  private static Kind kind(OpenDALException e) {
    return switch (e.getCode()) {
      case NotFound -> Kind.NOT_FOUND;
      case PermissionDenied -> Kind.DENIED;
      case ConfigInvalid -> Kind.MISCONFIGURED;
      case Unsupported -> Kind.UNSUPPORTED;
      case RateLimited -> Kind.THROTTLED;
      case IsADirectory, NotADirectory, ConditionNotMatch, RangeNotSatisfied -> Kind.OTHER_OBJECT;
      case Unexpected, AlreadyExists, IsSameFile -> unexpected(String.valueOf(e.getMessage()));
    };
  }

  private static Kind unexpected(String message) {
    if (message.contains(CUT_ANSWER)) {
      return Kind.TEMPORARY;
    }
    if (message.contains("got too little data") || message.contains("InvalidRange")) {
      return Kind.OTHER_OBJECT;
    }
    int end = message.indexOf('\n');
    String first = end < 0 ? message : message.substring(0, end);
    if (!first.contains("(temporary)")) {
      return Kind.PERMANENT;
    }
    return THROTTLED.matcher(message).find() ? Kind.THROTTLED : Kind.TEMPORARY;
  }

  private String reason(String message) {
    Matcher code = SERVICE_CODE.matcher(message);
    if (code.find()) {
      return "it answers " + code.group(1);
    }
    Matcher source = LAST_SOURCE.matcher(message);
    String text = source.matches() ? source.group(1) : message.lines().findFirst().orElse("");
    int arrow = text.indexOf("=> ");
    String phrase = Scrub.text(arrow < 0 ? text : text.substring(arrow + 3), options).strip();
    return phrase.length() <= LONGEST_REASON ? phrase : phrase.substring(0, LONGEST_REASON) + "...";
  }
}
