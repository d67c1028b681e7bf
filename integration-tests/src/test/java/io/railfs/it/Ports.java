// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/**
 * Ports of the loopback for servers that the tests start, stop and start again. Each is bound, and
 * not listened to, as long as the tests run, so that the kernel gives it to nobody else, not even
 * to a client's end of a connection; servers that reuse addresses may listen to it.
 */
final class Ports {
  private static final List<Socket> kept = new ArrayList<>();

  private Ports() {}

  static synchronized int take() {
    Socket socket = new Socket();
    kept.add(socket);
    try {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    } catch (IOException e) {
      throw new UncheckedIOException("no port is free", e);
    }
    return socket.getLocalPort();
  }
}
