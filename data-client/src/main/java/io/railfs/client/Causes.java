package io.railfs.client;

import io.netty.channel.ConnectTimeoutException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;

/** What went wrong with a connection, in the words of an operator. */
public final class Causes {
  private Causes() {}

  /** A phrase such as "connection refused". */
  public static String describe(Throwable cause) {
    String message = cause.getMessage() == null ? "" : cause.getMessage();
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
