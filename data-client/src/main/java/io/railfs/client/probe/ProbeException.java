// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.probe;

import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ErrorReply;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import javax.net.ssl.SSLException;

/** A worker could not be asked; the message is the end of a sentence that begins with it. */
public final class ProbeException extends Exception {
  private static final long serialVersionUID = 1;

  ProbeException(String message) {
    super(message);
  }

  ProbeException(String message, Throwable cause) {
    super(message, cause);
  }

  static ProbeException refused(ErrorReply error) {
    return new ProbeException(
        "it refused: " + error.getMessage(),
        new ProtocolException(error.getCode(), error.getMessage()));
  }

  /** Whether somebody is there who takes no connection at this port. */
  public boolean isRefused() {
    return getCause() instanceof ConnectException e
        && String.valueOf(e.getMessage()).contains("refused");
  }

  /** Whether the kernel or a router knows of no machine that has the address. */
  public boolean isNoRoute() {
    return getCause() instanceof NoRouteToHostException;
  }

  /** Whether one side did not prove what the other asks for. */
  public boolean isUntrusted() {
    Throwable cause = getCause();
    if (cause instanceof ProbeException inner) {
      return inner.isUntrusted();
    }
    return cause instanceof SSLException
        || (cause instanceof ProtocolException e && e.code() == ErrorCode.UNTRUSTED);
  }
}
