// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.messages.ErrorCode;
import java.util.Optional;

/** The UFS cannot answer; the message is one sentence that names the path. */
public final class UfsException extends Exception {
  private static final long serialVersionUID = 1;

  private final ErrorCode code;

  /** Null where it is only an answer. */
  private final Trouble trouble;

  private final String reason;

  public UfsException(ErrorCode code, String message) {
    this(code, message, null);
  }

  public UfsException(ErrorCode code, String message, Throwable cause) {
    this(code, Trouble.of(code).orElse(null), "", message, cause);
  }

  private UfsException(
      ErrorCode code, Trouble trouble, String reason, String message, Throwable cause) {
    super(message, cause);
    this.code = requireNonNull(code, "code is null");
    this.trouble = trouble;
    this.reason = requireNonNull(reason, "reason is null");
  }

  /**
   * The same, with what it says of the UFS as a whole.
   *
   * @param phrase why, without the path, for everybody who may see how the UFS is
   */
  public UfsException because(Trouble kind, String phrase) {
    return new UfsException(code, kind, phrase, getMessage(), getCause());
  }

  /** What to answer a client. */
  public ErrorCode code() {
    return code;
  }

  /** What is the matter with the UFS; empty where it has answered what is so. */
  public Optional<Trouble> trouble() {
    return Optional.ofNullable(trouble);
  }

  /** Why, without the path; empty where nothing more is known. */
  public String reason() {
    return reason;
  }
}
