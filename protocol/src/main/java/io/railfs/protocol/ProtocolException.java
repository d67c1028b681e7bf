// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.messages.ErrorCode;

/** A peer broke the wire's rules; the message says how, for a person. */
public final class ProtocolException extends Exception {
  private static final long serialVersionUID = 1;

  private final ErrorCode code;

  public ProtocolException(ErrorCode code, String message) {
    this(code, message, null);
  }

  public ProtocolException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = requireNonNull(code, "code is null");
  }

  /** What to answer the peer. */
  public ErrorCode code() {
    return code;
  }
}
