// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static java.util.Objects.requireNonNull;

/**
 * Where a service listens.
 *
 * @param host name or numeric address, IPv6 without brackets
 * @param port 1 to 65535
 */
public record Endpoint(String host, int port) {
  public Endpoint {
    requireNonNull(host, "host is null");
    if (host.isBlank()) {
      throw new IllegalArgumentException("the host is empty");
    }
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("port " + port + " is not between 1 and 65535");
    }
  }

  /**
   * Reads host, host:port, [ipv6] or [ipv6]:port.
   *
   * @throws IllegalArgumentException that says what is wrong
   */
  public static Endpoint parse(String text, int defaultPort) {
    int colon = text.lastIndexOf(':');
    if (text.startsWith("[")) {
      int end = text.indexOf(']');
      if (end < 0) {
        throw new IllegalArgumentException("'" + text + "' has no closing bracket");
      }
      String rest = text.substring(end + 1);
      if (!rest.isEmpty() && !rest.startsWith(":")) {
        throw new IllegalArgumentException("'" + text + "' goes on after its bracket");
      }
      int port = rest.isEmpty() ? defaultPort : port(text, rest.substring(1));
      return new Endpoint(text.substring(1, end), port);
    }
    if (colon < 0) {
      return new Endpoint(text, defaultPort);
    }
    if (text.indexOf(':') != colon) {
      throw new IllegalArgumentException("IPv6 address '" + text + "' needs brackets");
    }
    return new Endpoint(text.substring(0, colon), port(text, text.substring(colon + 1)));
  }

  private static int port(String text, String port) {
    try {
      return Integer.parseInt(port);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("the port of '" + text + "' is no number", e);
    }
  }

  @Override
  public String toString() {
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }

  // Those that a record has of its own are linked when they are first used, 10 ms of a command.
  @Override
  public boolean equals(Object other) {
    return other instanceof Endpoint that && port == that.port && host.equals(that.host);
  }

  @Override
  public int hashCode() {
    return 31 * host.hashCode() + port;
  }
}
