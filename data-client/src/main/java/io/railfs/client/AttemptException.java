package io.railfs.client;

import io.railfs.protocol.messages.ErrorCode;

/**
 * One attempt at one worker failed; {@link RetryPlan} decides what follows. Its message names the
 * worker and, where one is bound, the device.
 */
final class AttemptException extends Exception {
  private static final long serialVersionUID = 1;

  enum Kind {
    /** The connection ended or broke the protocol before the answer was complete. */
    CONNECTION_LOST,
    /** No byte of the answer came for the attempt's time, or the deadline passed. */
    TIMED_OUT,
    /** The worker answered with an error, see {@link AttemptException#code}. */
    REFUSED,
    /** Bytes came whose checksum is wrong. */
    BAD_CHECKSUM,
    /** No worker has a connection now. */
    NO_CONNECTION,
    /** The client was closed. */
    CLOSED
  }

  private final Kind kind;
  private final ErrorCode code;

  AttemptException(Kind kind, String message) {
    this(kind, message, null);
  }

  AttemptException(Kind kind, String message, Throwable cause) {
    this(kind, ErrorCode.ERROR_UNSPECIFIED, message, cause);
  }

  private AttemptException(Kind kind, ErrorCode code, String message, Throwable cause) {
    // No stack trace: it would show an event loop, and there may be thousands when a worker dies.
    super(message, cause, true, false);
    this.kind = kind;
    this.code = code;
  }

  static AttemptException refused(ErrorCode code, String message) {
    return new AttemptException(Kind.REFUSED, code, message, null);
  }

  Kind kind() {
    return kind;
  }

  /** The worker's answer; unspecified for every other kind than {@link Kind#REFUSED}. */
  ErrorCode code() {
    return code;
  }
}
