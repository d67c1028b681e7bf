// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.control;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.railfs.supervision.system.CommandException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** What a process answers at its {@link ControlSocket}. */
public final class ControlClient {
  private static final String ERROR = "error ";

  private static final Duration STATS_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration REFRESH_TIMEOUT = Duration.ofSeconds(60);

  private ControlClient() {}

  /** The answer that says that it was not done. */
  static String error(String sentence) {
    return ERROR + sentence;
  }

  /** Its numbers. */
  public static String stats(Path file) throws CommandException {
    String text = ask(file, ControlRequest.STATS, STATS_TIMEOUT);
    if (text.isEmpty()) {
      throw new CommandException(
          "the process behind %s does not return its numbers; see its log".formatted(file));
    }
    return text;
  }

  /** Lets it forget what it knows of a path. */
  public static RefreshCounts refresh(Path file, ControlRequest request) throws CommandException {
    String text = ask(file, request, REFRESH_TIMEOUT);
    if (text.startsWith(ERROR)) {
      throw new CommandException("the mount cannot do it: " + text.substring(ERROR.length()));
    }
    // One that does not read requests returns its numbers, which are JSON.
    return RefreshCounts.of(text)
        .orElseThrow(
            () ->
                new CommandException(
                    text.startsWith("{")
                        ? "the mount's process is of an older release, which cannot refresh;"
                            + " 'railfs umount' and 'railfs mount' put this one in its place"
                        : "the process behind %s gave no answer; see its log".formatted(file)));
  }

  private static String ask(Path file, ControlRequest request, Duration timeout)
      throws CommandException {
    ByteBuffer buffer = ByteBuffer.allocate(ControlConnection.MAX);
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(file));
        Selector selector = Selector.open()) {
      channel.configureBlocking(false);
      SelectionKey unused = channel.register(selector, SelectionKey.OP_READ);
      send(channel, request);
      long deadline = System.nanoTime() + timeout.toNanos();
      while (read(channel, buffer) >= 0 && buffer.hasRemaining()) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          throw new IOException("it said nothing for " + timeout.toSeconds() + " s");
        }
        selector.select(left);
        selector.selectedKeys().clear();
      }
    } catch (IOException e) {
      throw new CommandException(
          "the process behind %s does not answer (%s); see its log".formatted(file, e.getMessage()),
          e);
    }
    return UTF_8.decode(buffer.flip()).toString();
  }

  /** An older release answers without reading; what matters then is what it has said. */
  private static void send(SocketChannel channel, ControlRequest request) throws IOException {
    ByteBuffer line = ByteBuffer.wrap((request.line() + "\n").getBytes(ISO_8859_1));
    try {
      channel.write(line);
    } catch (IOException e) {
      if (!isCutOff(e)) {
        throw e;
      }
    }
  }

  /** As above: the kernel reports that the line was not read, after what was said. */
  private static int read(SocketChannel channel, ByteBuffer buffer) throws IOException {
    try {
      return channel.read(buffer);
    } catch (IOException e) {
      if (buffer.position() > 0 && isCutOff(e)) {
        return -1;
      }
      throw e;
    }
  }

  private static boolean isCutOff(IOException problem) {
    String text = String.valueOf(problem.getMessage());
    return text.contains("Broken pipe") || text.contains("Connection reset");
  }
}
