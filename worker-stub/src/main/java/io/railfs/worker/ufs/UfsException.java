package io.railfs.worker.ufs;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.messages.ErrorCode;

/** The UFS cannot answer; the message is one sentence that names the path. */
public final class UfsException extends Exception {
  private static final long serialVersionUID = 1;

  private final ErrorCode code;

  public UfsException(ErrorCode code, String message) {
    this(code, message, null);
  }

  public UfsException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = requireNonNull(code, "code is null");
  }

  /** What to answer a client. */
  public ErrorCode code() {
    return code;
  }
}
