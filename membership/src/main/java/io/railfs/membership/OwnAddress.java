// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.membership;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.URI;

/** The address by which the members of a cluster see this machine. */
public final class OwnAddress {
  private OwnAddress() {}

  /** The one from which the kernel's routing reaches etcd; sends nothing. */
  public static String towards(MembershipSettings settings) {
    for (URI endpoint : settings.endpoints()) {
      try (DatagramSocket socket = new DatagramSocket()) {
        InetSocketAddress etcd = new InetSocketAddress(endpoint.getHost(), endpoint.getPort());
        if (!etcd.isUnresolved()) {
          socket.connect(etcd);
          return socket.getLocalAddress().getHostAddress();
        }
      } catch (SocketException e) {
        throw new IllegalStateException(endpoint + " cannot be reached from here", e);
      }
    }
    return InetAddress.getLoopbackAddress().getHostAddress();
  }
}
