// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.trust;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * The address that a client has connected to, in the form that proofs are bound to: 4 or 16 bytes
 * of an IP address, 2 of a port. Whoever relays a proof stands at another address than the worker
 * that it is meant for.
 */
public final class Dialled {
  private static final int PORT_LENGTH = 2;

  private Dialled() {}

  /** Its bytes; none where it is not of the Internet, and nobody can stand in between. */
  public static byte[] bytes(SocketAddress address) {
    if (!(address instanceof InetSocketAddress internet)) {
      return new byte[0];
    }
    byte[] host = internet.getAddress().getAddress();
    return ByteBuffer.allocate(host.length + PORT_LENGTH)
        .put(host)
        .putShort((short) internet.getPort())
        .array();
  }

  /** The address again; empty where the bytes are none. */
  public static Optional<InetSocketAddress> address(byte[] bytes) {
    int host = bytes.length - PORT_LENGTH;
    if (host < PORT_LENGTH) {
      return Optional.empty();
    }
    try {
      int port = Short.toUnsignedInt(ByteBuffer.wrap(bytes).getShort(host));
      InetAddress address = InetAddress.getByAddress(Arrays.copyOf(bytes, host));
      return Optional.of(new InetSocketAddress(address, port));
    } catch (UnknownHostException e) {
      // Of a length that no address has.
      return Optional.empty();
    }
  }

  /** For messages, without the name that belongs to it. */
  public static String text(byte[] bytes) {
    return address(bytes).map(NetUtil::toSocketAddressString).orElse("nothing");
  }
}
