// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.control;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One command that asks at a {@link ControlSocket}: its connection and what has come of a line. */
final class ControlConnection {
  private static final Logger log = LoggerFactory.getLogger(ControlConnection.class);

  /** The kernel takes that much of a text at once, so that no reader can hold a thread. */
  static final int MAX = 1 << 20;

  private final SocketChannel channel;
  private final ByteBuffer line = ByteBuffer.allocate(ControlRequest.MAX_LINE);
  private final long since = System.nanoTime();
  private final SelectionKey key;

  private ControlConnection(SocketChannel channel, Selector selector) throws IOException {
    this.channel = channel;
    this.key = channel.register(selector, SelectionKey.OP_READ, this);
  }

  /** Made known to the selector, with itself as the attachment. */
  static ControlConnection of(SocketChannel channel, Selector selector) throws IOException {
    try {
      channel.setOption(StandardSocketOptions.SO_SNDBUF, MAX);
      channel.configureBlocking(false);
      return new ControlConnection(channel, selector);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** What it says from now on is not listened to. */
  void heard() {
    key.cancel();
  }

  /** How long ago it came. */
  long ageNanos() {
    return System.nanoTime() - since;
  }

  boolean isOpen() {
    return channel.isOpen();
  }

  /** Its line without the end, once it is whole; closes where it has gone or never ends. */
  Optional<String> read() {
    try {
      boolean ended = channel.read(line) < 0;
      String text = new String(line.array(), 0, line.position(), ISO_8859_1);
      int end = text.indexOf('\n');
      if (end >= 0) {
        return Optional.of(text.substring(0, end));
      }
      if (ended || !line.hasRemaining()) {
        close();
      }
    } catch (IOException e) {
      log.debug("a command went away", e);
      close();
    }
    return Optional.empty();
  }

  /** ControlOperations and ends. */
  void reply(String text) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
      channel.write(bytes);
      if (bytes.hasRemaining()) {
        log.warn("the answer to a command has {} bytes too many; they were cut", bytes.remaining());
      }
    } catch (IOException e) {
      log.debug("a command went away before its answer", e);
    } finally {
      close();
    }
  }

  void close() {
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("a command's connection does not close well", e);
    }
  }
}
