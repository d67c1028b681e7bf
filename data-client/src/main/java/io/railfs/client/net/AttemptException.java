// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import io.railfs.client.Causes;
import io.railfs.client.fetch.RetryPlan;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ErrorReply;

/**
 * One attempt at one worker failed; {@link RetryPlan} decides what follows. Its message names the
 * worker and, where one is bound, the device.
 */
public final class AttemptException extends Exception {
  private static final long serialVersionUID = 1;

  public enum Kind {
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
    /** The connection that the attempt waited for did not come. */
    NOT_OPENED,
    /** The client was closed. */
    CLOSED
  }

  private final Kind kind;
  private final ErrorCode code;
  private final boolean waiting;

  public AttemptException(Kind kind, String message) {
    this(kind, message, null);
  }

  public AttemptException(Kind kind, String message, Throwable cause) {
    this(kind, ErrorCode.ERROR_UNSPECIFIED, message, cause);
  }

  private AttemptException(Kind kind, ErrorCode code, String message, Throwable cause) {
    this(kind, code, message, cause, false);
  }

  private AttemptException(
      Kind kind, ErrorCode code, String message, Throwable cause, boolean waiting) {
    // No stack trace: it would show an event loop, and there may be thousands when a worker dies.
    super(message, cause, true, false);
    this.kind = kind;
    this.code = code;
    this.waiting = waiting;
  }

  /**
   * A worker answered a request with an error.
   *
   * @param name of the connection
   */
  public static AttemptException refused(String name, ErrorReply error) {
    String verb =
        error.getCode() == ErrorCode.UNTRUSTED
            ? " does not let this client in: "
            : " answered " + error.getCode() + ": ";
    return new AttemptException(
        Kind.REFUSED,
        error.getCode(),
        name + verb + ReplyValidator.sentence(error.getMessage()),
        null,
        error.getWaiting());
  }

  /** What the worker said before it closed the connection. */
  static AttemptException turnedAway(String name, ErrorReply error) {
    String verb =
        error.getCode() == ErrorCode.UNTRUSTED
            ? " does not let this client in: "
            : " refused the connection: ";
    return new AttemptException(
        Kind.CONNECTION_LOST,
        error.getCode(),
        name + verb + ReplyValidator.sentence(error.getMessage()),
        null);
  }

  /** The worker broke the protocol, or its encryption cannot be trusted. */
  static AttemptException broken(String name, Throwable cause) {
    return cause instanceof ProtocolException
        ? new AttemptException(
            Kind.CONNECTION_LOST, name + " broke the protocol: " + cause.getMessage(), cause)
        : untrusted(name + ": " + Causes.describe(cause), cause);
  }

  /** One of both sides did not prove what the other asks for. */
  static AttemptException untrusted(String message, Throwable cause) {
    return new AttemptException(Kind.CONNECTION_LOST, ErrorCode.UNTRUSTED, message, cause);
  }

  public Kind kind() {
    return kind;
  }

  /** The worker's answer, or {@link ErrorCode#UNTRUSTED}; unspecified where there is none. */
  public ErrorCode code() {
    return code;
  }

  /** Whether the worker goes on waiting for the UFS, and reports early what it knows of it. */
  public boolean isWaiting() {
    return waiting;
  }

  /** Whether a worker says that the UFS did not do it. */
  public boolean isOfUfs() {
    return kind == Kind.REFUSED && code == ErrorCode.UFS_FAILED;
  }
}
