// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import jnr.ffi.LibraryLoader;

/**
 * The kernel's side of the protocol, spoken by hand over a pair of sockets in place of /dev/fuse: a
 * packet is a request or a reply. Thread-safe.
 */
final class KernelSide implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_SEQPACKET = 5;
  private static final int MAX = (1 << 20) + 4096;

  /** Of the C library, what only this needs. */
  public interface Sockets {
    int socketpair(int domain, int type, int protocol, int[] descriptors);

    int shutdown(int descriptor, int how);
  }

  private static final Sockets SOCKETS = LibraryLoader.create(Sockets.class).load("libc.so.6");

  private final LibC libc;
  private final int kernel;
  private final int mount;
  private final AtomicLong uniques = new AtomicLong();
  private final Map<Long, CompletableFuture<Reply>> open = new ConcurrentHashMap<>();
  private final Thread reader = new Thread(this::readReplies, "kernel-side");

  /** Names that were taken back. */
  final List<String> takenBack = new CopyOnWriteArrayList<>();

  /** What came for a request. */
  record Reply(int errno, ByteBuffer body) {
    long longAt(int at) {
      return body.getLong(at);
    }

    int intAt(int at) {
      return body.getInt(at);
    }

    byte[] bytes() {
      byte[] bytes = new byte[body.limit()];
      body.get(0, bytes);
      return bytes;
    }
  }

  KernelSide() throws FuseException, IOException {
    libc = FuseMount.libC();
    int[] ends = new int[2];
    if (SOCKETS.socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) {
      throw new IOException("no pair of sockets");
    }
    kernel = ends[0];
    mount = ends[1];
    reader.setDaemon(true);
  }

  /** The mount's end. */
  int mountEnd() {
    return mount;
  }

  /** Offers to begin; the answer comes when the mount has answered. */
  CompletableFuture<Reply> begin(int minor, long flags) {
    reader.start();
    ByteBuffer init = body(64).putInt(0, 7).putInt(4, minor).putInt(8, 1 << 20);
    init.putInt(12, (int) flags).putInt(16, (int) (flags >>> 32));
    return ask(Wire.INIT, 0, init);
  }

  static ByteBuffer body(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
  }

  static ByteBuffer text(String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    return ByteBuffer.wrap(Arrays.copyOf(bytes, bytes.length + 1));
  }

  /** Sends a request that gets a reply. */
  CompletableFuture<Reply> ask(int opcode, long node, ByteBuffer body) {
    long unique = uniques.addAndGet(2);
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    open.put(unique, reply);
    send(opcode, unique, node, body, Wire.IN_HEADER + body.limit());
    return reply;
  }

  /** Sends a request and waits for its reply. */
  Reply call(int opcode, long node, ByteBuffer body) throws Exception {
    return ask(opcode, node, body).get(30, TimeUnit.SECONDS);
  }

  /** Sends a request that gets none. */
  void tell(int opcode, long node, ByteBuffer body) {
    send(opcode, uniques.addAndGet(2), node, body, Wire.IN_HEADER + body.limit());
  }

  /**
   * Sends a request as it is.
   *
   * @param saidLength what its header says
   */
  CompletableFuture<Reply> askWrongly(int opcode, long node, ByteBuffer body, int saidLength) {
    long unique = uniques.addAndGet(2);
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    open.put(unique, reply);
    send(opcode, unique, node, body, saidLength);
    return reply;
  }

  private void send(int opcode, long unique, long node, ByteBuffer body, int saidLength) {
    ByteBuffer packet =
        ByteBuffer.allocateDirect(Wire.IN_HEADER + body.limit()).order(ByteOrder.nativeOrder());
    packet.putInt(0, saidLength).putInt(4, opcode).putLong(8, unique).putLong(16, node);
    packet.put(Wire.IN_HEADER, body, 0, body.limit());
    if (libc.write(kernel, Native.address(packet), packet.capacity()) != packet.capacity()) {
      throw new IllegalStateException("a request could not be sent");
    }
  }

  private void readReplies() {
    ByteBuffer packet = ByteBuffer.allocateDirect(MAX).order(ByteOrder.nativeOrder());
    long length = libc.read(kernel, Native.address(packet), MAX);
    while (length >= Wire.OUT_HEADER) {
      ByteBuffer body = body((int) length - Wire.OUT_HEADER);
      body.put(0, packet, Wire.OUT_HEADER, body.limit());
      long unique = packet.getLong(8);
      int error = packet.getInt(4);
      if (unique == 0) {
        notified(error, body);
      } else {
        open.remove(unique).complete(new Reply(-error, body));
      }
      length = libc.read(kernel, Native.address(packet), MAX);
    }
  }

  private void notified(int code, ByteBuffer body) {
    // INVAL_ENTRY: parent 8, length 4, flags 4, name, NUL.
    if (code == 3) {
      byte[] name = new byte[body.getInt(8)];
      body.get(16, name);
      takenBack.add(new String(name, ISO_8859_1));
    }
  }

  /** Requests that have no reply yet. */
  int open() {
    return open.size();
  }

  /** As the end of a mount. */
  void hangUp() {
    SOCKETS.shutdown(kernel, 2);
  }

  @Override
  public void close() {
    hangUp();
    try {
      reader.join(10_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    libc.close(kernel);
    libc.close(mount);
  }
}
