// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * A port of the loopback that refuses connections and that nobody else is given meanwhile: bound,
 * and not listened to. A server that reuses addresses may listen to it, as {@link FakeWorker} does.
 */
final class ClosedPort implements AutoCloseable {
  private final Socket socket = new Socket();

  ClosedPort() throws IOException {
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  int port() {
    return socket.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
