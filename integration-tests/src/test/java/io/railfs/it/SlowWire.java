// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Carries TCP connections to a port of this machine: as fast as it can, slowly, or not at all. */
public final class SlowWire implements AutoCloseable {
  private static final int PIECE = 16 << 10;

  private final ServerSocket listener;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  final AtomicLong bytes = new AtomicLong();

  /** Bytes a second of each direction of a connection; 0: nothing passes. */
  private volatile long rate = Long.MAX_VALUE;

  /** Whether connections are refused. */
  private volatile boolean cut;

  /** What each connection gets for its first request, instead of what the server says; or null. */
  private volatile String answer;

  private volatile boolean closed;

  SlowWire(int target) throws IOException {
    this(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), target);
  }

  /** From a socket that listens already, maybe in another network. */
  public SlowWire(ServerSocket listener, int target) {
    this.target = target;
    this.listener = listener;
    start(this::accept);
  }

  public int port() {
    return listener.getLocalPort();
  }

  public void rate(long bytesPerSecond) {
    rate = bytesPerSecond;
  }

  /** As if the server had died, or was back. */
  public void cut(boolean now) {
    cut = now;
    if (now) {
      sockets.forEach(SlowWire::shut);
    }
  }

  /**
   * As if the server answered every request with the same.
   *
   * @param http a whole answer of HTTP; null: the server's own again
   */
  public void answer(String http) {
    answer = http;
    sockets.forEach(SlowWire::shut);
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "slow-wire");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!closed) {
      try {
        Socket client = listener.accept();
        if (cut) {
          shut(client);
          continue;
        }
        String instead = answer;
        if (instead != null) {
          sockets.add(client);
          start(() -> answer(client, instead));
          continue;
        }
        join(client);
      } catch (IOException e) {
        if (!closed) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  /** Answers the first request and closes, as servers do that have too much to do. */
  private void answer(Socket client, String http) {
    try {
      InputStream in = client.getInputStream();
      int ends = 0;
      for (int next = in.read(); next >= 0 && ends < 2; next = in.read()) {
        ends = next == '\n' ? ends + 1 : next == '\r' ? ends : 0;
        if (ends == 2) {
          client.getOutputStream().write(http.getBytes(StandardCharsets.ISO_8859_1));
          client.shutdownOutput();
        }
      }
    } catch (IOException e) {
      // The client does not want the answer any more.
    } finally {
      shut(client);
      sockets.remove(client);
    }
  }

  private void join(Socket client) {
    try {
      Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
      sockets.add(client);
      sockets.add(server);
      start(() -> carry(client, server));
      start(() -> carry(server, client));
    } catch (IOException e) {
      // Nobody listens there at the moment, and that is what the client sees too.
      shut(client);
    }
  }

  private void carry(Socket from, Socket to) {
    byte[] piece = new byte[PIECE];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(piece); count > 0 && !closed; count = in.read(piece)) {
        long free = System.nanoTime();
        while (rate == 0 && !closed) {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        if (rate != Long.MAX_VALUE) {
          free += count * TimeUnit.SECONDS.toNanos(1) / Math.max(1, rate);
          LockSupport.parkNanos(free - System.nanoTime());
        }
        bytes.addAndGet(count);
        out.write(piece, 0, count);
      }
    } catch (IOException e) {
      // One of both ends has gone; so does the other.
    } finally {
      shut(from);
      shut(to);
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  private static void shut(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sockets.forEach(SlowWire::shut);
  }
}
