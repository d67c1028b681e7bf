// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.worker.objects.ObjectException.Kind;
import java.io.IOException;
import java.nio.file.FileSystemException;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/** Why there are no keys to sign with, and what that means for a reader. */
final class S3KeyTrouble {
  private static final int SERVER_ERROR = 500;

  private S3KeyTrouble() {}

  /**
   * What it means that there are none.
   *
   * @param phrase why, without secrets
   */
  static ObjectException of(Throwable none, String phrase) {
    Throwable refused = S3Errors.cause(none, AwsServiceException.class::isInstance);
    boolean passing = refused == null ? isAway(none) : isPassing((AwsServiceException) refused);
    return passing
        ? new ObjectException(Kind.NO_ANSWER, "no credentials: " + phrase)
        : new ObjectException(
            Kind.MISCONFIGURED,
            "there are no credentials for it ("
                + phrase
                + "); set access_key_id and secret_access_key, profile, or"
                + " allow_anonymous = true");
  }

  private static boolean isPassing(AwsServiceException e) {
    return e.statusCode() >= SERVER_ERROR || e.isThrottlingException();
  }

  /** Whether a service on the network was asked and did not answer. */
  private static boolean isAway(Throwable failure) {
    return S3Errors.cause(failure, FileSystemException.class::isInstance) == null
        && !isNoJson(failure)
        && S3Errors.cause(failure, IOException.class::isInstance) != null;
  }

  /** The SDK has a copy of Jackson of its own. */
  private static boolean isNoJson(Throwable failure) {
    return S3Errors.cause(failure, each -> each.getClass().getSimpleName().startsWith("Json"))
        != null;
  }

  /**
   * Why a place gives no keys. What a program or a service answers instead of keys may hold some,
   * so nothing of it is reported.
   */
  static String why(Throwable failure) {
    Throwable refused = S3Errors.cause(failure, AwsServiceException.class::isInstance);
    if (refused != null) {
      AwsServiceException answer = (AwsServiceException) refused;
      AwsErrorDetails details = answer.awsErrorDetails();
      return ("the service that gives them answers "
              + answer.statusCode()
              + " "
              + S3Errors.code(details))
          .strip();
    }
    if (isNoJson(failure)) {
      return "what gives them answers with something that is not JSON";
    }
    if (isAway(failure)) {
      return "the service that gives them does not answer: " + shortly(failure);
    }
    return shortly(failure).replaceAll("(?s) with error message.*", "");
  }

  private static String shortly(Throwable failure) {
    Throwable root = S3Errors.root(failure);
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }
}
