// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import io.railfs.base.DocPage;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;

/** What went wrong with a connection, in the words of an operator. */
public final class Causes {
  private Causes() {}

  /** What a decoder threw, without the decoder's word about it. */
  public static Throwable unwrap(Throwable thrown) {
    return thrown instanceof DecoderException && thrown.getCause() != null
        ? thrown.getCause()
        : thrown;
  }

  /** The one that knows what is wrong with a certificate is inside several others. */
  private static String deepest(Throwable cause) {
    Throwable deepest = cause;
    for (int i = 0; i < 8 && deepest.getCause() != null; i++) {
      deepest = deepest.getCause();
    }
    return String.valueOf(deepest.getMessage());
  }

  /** A phrase such as "connection refused". */
  public static String describe(Throwable cause) {
    String message = cause.getMessage() == null ? "" : cause.getMessage();
    if (cause instanceof NotSslRecordException
        || (cause instanceof SSLException && message.startsWith("Unsupported or unrecognized"))) {
      return "it does not speak TLS; set railfs.security.tls on both sides, or on none";
    }
    if (cause instanceof SSLException) {
      return "TLS failed ("
          + TlsFailure.describe(deepest(cause))
          + "); "
          + DocPage.of("SECURITY.md")
          + " says what the files of railfs.security.tls must hold on both sides";
    }
    if (cause instanceof UnknownHostException) {
      return "unknown host";
    }
    if (cause instanceof ConnectTimeoutException) {
      return "no answer to the connect";
    }
    if (cause instanceof NoRouteToHostException) {
      return "no route to host";
    }
    if (cause instanceof ConnectException && message.contains("refused")) {
      return "connection refused";
    }
    if (message.contains("Connection reset")) {
      return "connection reset by the worker";
    }
    return message.isEmpty() ? cause.getClass().getSimpleName() : message;
  }
}
