// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import com.google.protobuf.ByteString;
import io.railfs.mount.fs.KernelNames;
import io.railfs.mount.nodes.NodeTable;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.RailPath;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.provider.jffi.NativeRuntime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that has the kernel drop what it should not believe any more, in order, and keeps the
 * node table within its memory: it frees what the kernel has forgotten, and when the table is
 * nearly full it has the kernel forget cold names.
 *
 * <p>A thread of its own, because the kernel takes the lock of the directory for it, which it holds
 * while it waits for the answer to a LOOKUP in there. No thread that answers requests ever waits
 * for this one.
 */
final class Notifier implements KernelNames, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Notifier.class);

  /** Codes of notifications: where a reply has its error. */
  private static final int INVAL_INODE = 2;

  private static final int INVAL_ENTRY = 3;
  private static final int EXPIRE_ONLY = 1;

  /** fuse_notify_inval_entry_out and fuse_notify_inval_inode_out. */
  private static final int ENTRY_OUT = 16;

  private static final int INODE_OUT = 24;

  private static final int MAX_WAITING = 1 << 14;
  private static final int INTERVAL_MILLIS = 100;
  private static final int JOIN_MILLIS = 2000;

  /** Shares of the table's capacity: from the first on names are dropped, down to the second. */
  private static final double HIGH = 7.0 / 8;

  private static final double LOW = 3.0 / 4;

  /** Nodes that the kernel has forgotten and that are kept for file handles: a share of all. */
  private static final int KEPT_SHARE = 32;

  private static final int BATCH = 512;
  private static final int UNTOUCHED_MILLIS = 2000;

  private final LibC libc;
  private final int fd;
  private final NodeTable nodes;
  private final boolean canExpire;
  private final BlockingQueue<Notice> queue = new ArrayBlockingQueue<>(MAX_WAITING);
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong reclaimed = new AtomicLong();
  private final Pointer memory;
  private final byte[] name = new byte[RailPath.MAX_NAME_LENGTH];
  private final long[] cold = new long[BATCH];
  private final Thread thread;
  private volatile boolean closed;

  /**
   * What is to be sent.
   *
   * @param node the directory of the name, or the node itself where there is no name
   * @param name null: it is about the node's own attributes
   * @param reached completed when the turn has come; nothing is sent then
   */
  private record Notice(
      long node, ByteString name, boolean isDirectory, CompletableFuture<Void> reached) {}

  /**
   * @param fd the kernel's end of the mount
   */
  Notifier(LibC libc, int fd, NodeTable nodes, Negotiated negotiated) {
    this.libc = libc;
    this.fd = fd;
    this.nodes = nodes;
    this.canExpire = negotiated.canExpire();
    int most = Wire.OUT_HEADER + ENTRY_OUT + RailPath.MAX_NAME_LENGTH + 1;
    this.memory = Memory.allocateDirect(NativeRuntime.getInstance(), most, true);
    this.thread = new Thread(this::run, "fuse-names");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  @Override
  public void lookAgain(long directory, byte[] bytes, int length, boolean isDirectory) {
    put(new Notice(directory, ByteString.copyFrom(bytes, 0, length), isDirectory, null));
  }

  @Override
  public void askAgain(long node) {
    put(new Notice(node, null, true, null));
  }

  private void put(Notice notice) {
    if (!closed && !queue.offer(notice) && dropped.getAndIncrement() == 0) {
      log.warn(
          "{} names are waiting to be taken back from the kernel; further ones stay until its"
              + " time-outs",
          MAX_WAITING);
    }
  }

  @Override
  public CompletableFuture<Void> flushed() {
    CompletableFuture<Void> reached = new CompletableFuture<>();
    if (closed || !queue.offer(new Notice(0, null, false, reached))) {
      reached.complete(null);
    }
    return reached;
  }

  /** Names and nodes that the kernel had to ask for again. */
  long sent() {
    return sent.get();
  }

  /** Names that the kernel had to forget, to make room. */
  long reclaimed() {
    return reclaimed.get();
  }

  private void run() {
    while (!closed) {
      try {
        Notice notice = queue.poll(INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
        if (notice != null) {
          send(notice);
        }
        makeRoom();
      } catch (InterruptedException e) {
        log.debug("interrupted, ending: {}", e.toString());
      } catch (Throwable e) {
        failed(e);
      }
    }
  }

  /** Whatever it was, the next names are taken back. */
  private static void failed(Throwable e) {
    try {
      log.error("invalidating names failed: internal error (bug); the next ones are tried", e);
    } catch (OutOfMemoryError again) {
      // Without memory for the line as well, there is nothing to log it with.
    }
  }

  private void send(Notice notice) {
    if (notice.reached() != null) {
      notice.reached().complete(null);
    } else if (notice.name() == null) {
      invalidateInode(notice.node());
    } else if (canExpire || !notice.isDirectory()) {
      // An older kernel drops the name; with a directory's it would drop all who work in there.
      notice.name().copyTo(name, 0);
      invalidateEntry(notice.node(), notice.name().size(), canExpire ? EXPIRE_ONLY : 0);
    }
  }

  private void makeRoom() {
    long keep = nodes.size() / KEPT_SHARE;
    if (nodes.forgotten() > 2 * keep + BATCH) {
      nodes.sweep(keep);
    }
    boolean starved = nodes.takeStarved();
    if (starved || nodes.usedBytes() > HIGH * nodes.capacityBytes()) {
      nodes.sweep(0);
      double excess = nodes.usedBytes() - LOW * nodes.capacityBytes();
      reclaim(Math.max(starved ? BATCH : 0, (long) (excess / NodeTable.COMMON_BYTES)));
      nodes.sweep(0);
    }
  }

  /**
   * Has the kernel forget so many names, which it reports in its own time. Names that were just
   * sent and directories, which may be in use without our knowing it, go only where others do not
   * suffice.
   */
  private void reclaim(long wanted) {
    long left = wanted - dropCold(wanted, UNTOUCHED_MILLIS, false);
    left -= left > 0 ? dropCold(left, 0, false) : 0;
    if (left > 0 && nodes.usedBytes() > HIGH * nodes.capacityBytes()) {
      dropCold(left, UNTOUCHED_MILLIS, true);
    }
  }

  private long dropCold(long wanted, int untouchedMillis, boolean directories) {
    long dropped = 0;
    int count = BATCH;
    while (dropped < wanted && count == BATCH && !closed) {
      count = nodes.cold(cold, untouchedMillis, directories);
      for (int i = 0; i < count; i++) {
        drop(cold[i]);
      }
      dropped += count;
      if (untouchedMillis == 0) {
        // Nothing would pass them over in the next turn.
        break;
      }
    }
    return dropped;
  }

  private void drop(long node) {
    int length = nodes.name(node, name);
    if (length > 0) {
      // What the kernel cannot forget, as a program uses it, is not sent again and again.
      nodes.touch(node);
      invalidateEntry(nodes.parent(node), length, 0);
      reclaimed.incrementAndGet();
    }
  }

  /** About the name that stands in {@link #name}. */
  private void invalidateEntry(long directory, int length, int flags) {
    long body = memory.address() + Wire.OUT_HEADER;
    Native.putLong(body, directory);
    Native.putInt(body + 8, length);
    Native.putInt(body + 12, flags);
    Native.putBytes(body + ENTRY_OUT, name, 0, length);
    Native.putByte(body + ENTRY_OUT + length, 0);
    send(INVAL_ENTRY, ENTRY_OUT + length + 1);
  }

  private void invalidateInode(long node) {
    long body = memory.address() + Wire.OUT_HEADER;
    Native.putLong(body, node);
    // Attributes; of a directory the copy of its entries, too: all of its "content".
    boolean isDirectory = nodes.isKnown(node) && nodes.type(node) == EntryType.DIRECTORY;
    Native.putLong(body + 8, isDirectory ? 0 : -1);
    Native.putLong(body + 16, 0);
    send(INVAL_INODE, INODE_OUT);
  }

  private void send(int code, int length) {
    int total = Wire.OUT_HEADER + length;
    Wire.putHeader(memory.address(), total, -code, 0);
    // Refused where the kernel does not know the name or node: then there is nothing to take back.
    if (libc.write(fd, memory.address(), total) == total) {
      sent.incrementAndGet();
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(JOIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Notice notice = queue.poll(); notice != null; notice = queue.poll()) {
      if (notice.reached() != null) {
        notice.reached().complete(null);
      }
    }
  }
}
