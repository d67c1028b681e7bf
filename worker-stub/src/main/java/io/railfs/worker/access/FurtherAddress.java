// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.access;

import static java.util.Objects.requireNonNull;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An address by which clients reach the worker although it has none such itself.
 *
 * @param port 0 for any
 */
record FurtherAddress(InetAddress host, int port) {
  private static final Pattern TEXT =
      Pattern.compile("(?:\\[([^\\]]+)\\]|([^:]+))(?::([0-9]{1,5}))?|([0-9A-Fa-f:.]+)");
  private static final int MAX_PORT = 65_535;

  FurtherAddress {
    requireNonNull(host, "host is null");
  }

  /** Of "10.0.0.1", "10.0.0.1:29999", "fd00::1" or "[fd00::1]:29999"; empty for all else. */
  static Optional<FurtherAddress> of(String text) {
    Matcher parts = TEXT.matcher(text.strip());
    if (!parts.matches()) {
      return Optional.empty();
    }
    String host = parts.group(1);
    host = host == null ? parts.group(2) : host;
    host = host == null ? parts.group(4) : host;
    InetAddress address = NetUtil.createInetAddressFromIpAddressString(host);
    int port = parts.group(3) == null ? 0 : Integer.parseInt(parts.group(3));
    return address == null || port > MAX_PORT
        ? Optional.empty()
        : Optional.of(new FurtherAddress(address, port));
  }

  boolean is(InetSocketAddress other) {
    return host.equals(other.getAddress()) && (port == 0 || port == other.getPort());
  }
}
