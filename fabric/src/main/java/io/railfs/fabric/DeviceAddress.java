// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

import static java.util.Objects.requireNonNull;

import io.netty.util.NetUtil;
import java.net.InetAddress;

/**
 * An address of a network device.
 *
 * @param address IPv4 or IPv6; a link-local one carries its device as scope
 * @param prefixLength bits that all addresses of its subnet share
 */
public record DeviceAddress(InetAddress address, int prefixLength) {
  public DeviceAddress {
    requireNonNull(address, "address is null");
    if (prefixLength < 0 || prefixLength > address.getAddress().length * 8) {
      throw new IllegalArgumentException(
          "prefix length " + prefixLength + " does not fit " + address);
    }
  }

  /** Whether the other address is in this one's subnet, so that no router is between them. */
  public boolean isInSubnet(InetAddress other) {
    byte[] mine = address.getAddress();
    byte[] others = other.getAddress();
    if (mine.length != others.length || prefixLength == 0) {
      return false;
    }
    for (int bit = 0; bit < prefixLength; bit++) {
      if (((mine[bit / 8] ^ others[bit / 8]) >> (7 - bit % 8) & 1) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether both are IPv4, or both IPv6. */
  boolean isOfFamily(InetAddress other) {
    return address.getAddress().length == other.getAddress().length;
  }

  /** The address in numbers, without the scope, which means nothing on another machine. */
  public String text() {
    return text(address);
  }

  /** An address in numbers, as people write it: fd00::2, without the scope. */
  public static String text(InetAddress address) {
    return NetUtil.toAddressString(address);
  }
}
