// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import io.railfs.mount.fs.ReadTarget;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answer to one FUSE_READ: the pages themselves, handed to the kernel by one writev after a
 * fuse_out_header, so that their bytes are copied once, by the kernel. Belongs to one thread and is
 * used again for its next request.
 *
 * <pre>
 *   iovec[0]      fuse_out_header: length, error, unique
 *   iovec[1..n]   a part of a page each
 * </pre>
 */
final class ReadReply implements ReadTarget {
  private static final Logger log = LoggerFactory.getLogger(ReadReply.class);

  private static final int IOVEC = 16;
  private static final int IOVEC_LENGTH = 8;

  private final LibC libc;
  private final Runtime runtime;
  private final int fd;
  private final Pointer memory;
  private final long header;
  private final long vector;
  private final int capacity;
  private final PendingReplies pending;
  private long unique;
  private int parts;
  private boolean answered;

  /**
   * @param fd the kernel's end of the mount
   * @param maxParts page parts of the largest read
   * @param pending takes the reads that are to be answered later; null where none is
   */
  ReadReply(LibC libc, Runtime runtime, int fd, int maxParts, PendingReplies pending) {
    this.pending = pending;
    this.libc = libc;
    this.runtime = runtime;
    this.fd = fd;
    this.capacity = 1 + maxParts;
    this.memory = Memory.allocateDirect(runtime, Wire.OUT_HEADER + capacity * IOVEC, true);
    this.header = memory.address();
    this.vector = header + Wire.OUT_HEADER;
  }

  /** Begins the answer to the request with this number. */
  ReadReply begin(long requestUnique) {
    unique = requestUnique;
    parts = 0;
    answered = false;
    return this;
  }

  /** Whether the kernel has its answer. */
  boolean isAnswered() {
    return answered;
  }

  @Override
  public ReadTarget.Async later() {
    return pending == null ? null : pending.begin(unique);
  }

  @Override
  public void put(int position, ByteBuffer source, int start, int count) {
    if (++parts >= capacity) {
      throw new IllegalStateException("a read has more than " + (capacity - 1) + " parts");
    }
    vector(parts, Native.address(source) + start, count);
  }

  @Override
  public void finish(int count) {
    int refusal = send(0, count);
    // A request that was given up, or whose mount has gone, needs no answer any more.
    if (refusal != 0 && refusal != Errno.ENOENT && refusal != Errno.ENODEV) {
      log.error("the kernel refused {} bytes of a read with errno {}", count, refusal);
      answered = false;
    }
  }

  /** Ends the request with an errno. */
  void fail(int errno) {
    parts = 0;
    send(errno, 0);
  }

  /** Ends the request with an errno, in whatever thread completes this. */
  void failAfter(CompletableFuture<Void> event, int errno) {
    // Made before anything can go wrong later: a request without an answer hangs for good.
    ReadReply other = new ReadReply(libc, runtime, fd, 0, null).begin(unique);
    CompletableFuture<Void> unused = event.thenRun(() -> other.fail(errno));
    answered = true;
  }

  /** Returns 0, or the errno with which the kernel refused. */
  private int send(int errno, int count) {
    answered = true;
    Wire.putHeader(header, Wire.OUT_HEADER + count, errno, unique);
    vector(0, header, Wire.OUT_HEADER);
    if (libc.writev(fd, vector, parts + 1) >= 0) {
      return 0;
    }
    return runtime.getLastError();
  }

  private void vector(int index, long address, long length) {
    Native.putLong(vector + (long) index * IOVEC, address);
    Native.putLong(vector + (long) index * IOVEC + IOVEC_LENGTH, length);
  }
}
