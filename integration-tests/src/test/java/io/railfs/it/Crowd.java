// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Many connections of a hostile client, from several addresses of this machine. For one thread. */
final class Crowd implements AutoCloseable {
  /** Below the limit that one address has by default. */
  private static final int OF_ADDRESS = 800;

  private final List<SocketChannel> members = new ArrayList<>();
  private int connected;

  /** Connects so many more, each of which says this first. */
  void join(int count, int port, byte[] first) throws IOException {
    for (int i = 0; i < count; i++) {
      byte[] own = {127, 0, 1, (byte) (1 + connected++ / OF_ADDRESS)};
      SocketChannel member = SocketChannel.open();
      members.add(member);
      member.bind(new InetSocketAddress(InetAddress.getByAddress(own), 0));
      member.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      member.configureBlocking(false);
      say(member, first);
    }
  }

  /** Every member says this, those that the worker has closed excepted. */
  void say(byte[] bytes) {
    members.forEach(member -> say(member, bytes));
  }

  private static void say(SocketChannel member, byte[] bytes) {
    try {
      member.write(ByteBuffer.wrap(bytes));
    } catch (IOException e) {
      // It was closed by the worker, as isClosed says.
      close(member);
    }
  }

  /** How many the worker has closed. */
  int closed() {
    int closed = 0;
    for (SocketChannel member : members) {
      closed += isClosed(member) ? 1 : 0;
    }
    return closed;
  }

  private static boolean isClosed(SocketChannel member) {
    try {
      ByteBuffer buffer = ByteBuffer.allocate(4_096);
      while (member.isOpen()) {
        int length = member.read(buffer.clear());
        if (length == 0) {
          return false;
        }
        if (length < 0) {
          close(member);
        }
      }
      return true;
    } catch (IOException e) {
      close(member);
      return true;
    }
  }

  private static void close(SocketChannel member) {
    try {
      member.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    members.forEach(Crowd::close);
  }
}
