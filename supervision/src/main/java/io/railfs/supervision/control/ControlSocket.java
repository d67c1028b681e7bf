// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.control;

import static java.util.Objects.requireNonNull;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.railfs.protocol.ProtocolException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ControlOperations the commands of this machine at a UNIX domain socket in the run directory: one
 * line is asked ({@link ControlRequest}), one text is the answer, then the end. Who asks nothing
 * within a second gets the numbers, as commands of older releases expect.
 *
 * <p>One daemon thread waits for all askers at once and returns numbers; what takes longer is done
 * by a few threads of its own, so that numbers are never late. Owns the threads, the socket and its
 * file.
 */
public final class ControlSocket implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ControlSocket.class);

  /** Commands that may be asking at a time; one more, and the longest silent one is answered. */
  private static final int MAX_ASKERS = 64;

  private static final int MAX_REFRESHES = 4;
  private static final int IDLE_SECONDS = 5;
  private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long PAUSE_MILLIS = 1000;

  private final Path file;
  private final Object fileKey;
  private final ServerSocketChannel listener;
  private final Selector selector;
  private final ControlOperations answers;
  private final long silenceNanos;

  /** In the order in which they came. */
  private final Deque<ControlConnection> asking = new ArrayDeque<>();

  private final ThreadPoolExecutor refreshers =
      new ThreadPoolExecutor(
          0,
          MAX_REFRESHES,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          new DefaultThreadFactory("railfs-refresh", true));

  private ControlSocket(
      Path file,
      Object fileKey,
      ServerSocketChannel listener,
      Selector selector,
      ControlOperations answers,
      long silenceNanos) {
    this.file = file;
    this.fileKey = fileKey;
    this.listener = listener;
    this.selector = selector;
    this.answers = answers;
    this.silenceNanos = silenceNanos;
  }

  /**
   * Starts to answer.
   *
   * @throws IOException where the socket cannot be made; its path may be too long
   */
  public static ControlSocket open(Path file, ControlOperations answers) throws IOException {
    return open(file, answers, SILENCE_NANOS);
  }

  /** The same, with the time that it waits for a line. */
  static ControlSocket open(Path file, ControlOperations answers, long silenceNanos)
      throws IOException {
    requireNonNull(answers, "answers is null");
    Files.deleteIfExists(file);
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    Selector selector = null;
    try {
      listener.bind(UnixDomainSocketAddress.of(file));
      Object fileKey = key(file);
      listener.configureBlocking(false);
      selector = Selector.open();
      SelectionKey unused = listener.register(selector, SelectionKey.OP_ACCEPT);
      ControlSocket socket =
          new ControlSocket(file, fileKey, listener, selector, answers, silenceNanos);
      Thread thread = new Thread(socket::serve, "railfs-control");
      thread.setDaemon(true);
      thread.start();
      return socket;
    } catch (IOException e) {
      listener.close();
      if (selector != null) {
        selector.close();
      }
      throw e;
    }
  }

  private static Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  private void serve() {
    try {
      while (listener.isOpen()) {
        selector.select(timeoutMillis());
        acceptAll();
        readAll();
        answerTheSilent();
      }
    } catch (ClosedSelectorException e) {
      log.debug("no more commands are answered", e);
    } catch (IOException e) {
      log.error("commands are not answered any more at {}", file, e);
    } finally {
      asking.forEach(ControlConnection::close);
    }
  }

  /** Until the first asker has been silent for too long; 0, which is without end, without one. */
  private long timeoutMillis() {
    return asking.isEmpty()
        ? 0
        : Math.max(1, TimeUnit.NANOSECONDS.toMillis(silenceNanos - asking.peek().ageNanos()) + 1);
  }

  private void acceptAll() {
    try {
      SocketChannel channel = listener.isOpen() ? listener.accept() : null;
      while (channel != null) {
        if (asking.size() >= MAX_ASKERS) {
          answerLongest();
        }
        asking.add(ControlConnection.of(channel, selector));
        channel = listener.accept();
      }
    } catch (IOException e) {
      if (listener.isOpen()) {
        log.warn("a command cannot be heard at {}; the next one is tried in a second", file, e);
        pause();
      }
    }
  }

  /** What accept lacks, such as descriptors, it lacks at once again. */
  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void readAll() {
    for (SelectionKey key : selector.selectedKeys()) {
      // Not of one that was answered since the selection.
      if (key.isValid() && key.attachment() instanceof ControlConnection asker) {
        Optional<String> line = asker.read();
        if (line.isPresent()) {
          asking.remove(asker);
          answer(asker, line.get());
        } else if (!asker.isOpen()) {
          asking.remove(asker);
        }
      }
    }
    selector.selectedKeys().clear();
  }

  private void answerTheSilent() {
    while (!asking.isEmpty() && asking.peek().ageNanos() >= silenceNanos) {
      answerLongest();
    }
  }

  /** Its line may have come since the last selection, however late this thread is. */
  private void answerLongest() {
    ControlConnection asker = asking.remove();
    Optional<String> line = asker.read();
    if (line.isPresent()) {
      answer(asker, line.get());
    } else if (asker.isOpen()) {
      answer(asker, ControlRequest.STATS);
    }
  }

  private void answer(ControlConnection asker, String line) {
    try {
      answer(asker, ControlRequest.of(line));
    } catch (ProtocolException e) {
      asker.heard();
      asker.reply(ControlClient.error(e.getMessage()));
    }
  }

  private void answer(ControlConnection asker, ControlRequest request) {
    asker.heard();
    switch (request.kind()) {
      case STATS -> asker.reply(numbers());
      case REFRESH -> {
        try {
          refreshers.execute(() -> asker.reply(refresh(request)));
        } catch (RejectedExecutionException e) {
          asker.reply(
              ControlClient.error(
                  MAX_REFRESHES + " refreshes are under way; try again when one has ended"));
        }
      }
    }
  }

  private String numbers() {
    try {
      return answers.numbers();
    } catch (RuntimeException e) {
      log.warn("returning numbers at {} failed; the next reader gets them", file, e);
      return "";
    }
  }

  private String refresh(ControlRequest request) {
    try {
      return answers.refresh(request.path(), request.recursive()).line();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ControlClient.error("the mount ends, and the refresh with it");
    } catch (RuntimeException e) {
      log.warn("the refresh of {} failed", request.path(), e);
      return ControlClient.error(
          "the refresh failed: internal error (bug) (" + e + "); see the mount's log");
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
      selector.close();
      refreshers.shutdownNow();
      // A later process may have made its own in the same place.
      if (Files.exists(file) && key(file).equals(fileKey)) {
        Files.delete(file);
      }
    } catch (IOException e) {
      log.warn("{} cannot be removed; it is of no harm", file, e);
    }
  }
}
