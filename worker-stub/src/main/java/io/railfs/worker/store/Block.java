// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.FileRegion;
import io.netty.util.ReferenceCounted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The bytes of a block, ready to be sent, with the checksums of its chunks. Reference-counted: made
 * with one reference; whoever got one gives it back by {@link #release} or hands it on with {@link
 * #payload}. Thread-safe.
 */
public abstract class Block {
  private final int[] chunkCrcs;
  private final int length;
  private final AtomicInteger references = new AtomicInteger(1);

  Block(int length, int[] chunkCrcs) {
    this.length = length;
    this.chunkCrcs = requireNonNull(chunkCrcs, "chunkCrcs is null");
  }

  /** Bytes of the block. */
  public final int length() {
    return length;
  }

  /** Whether it is on a disk of the store. */
  public abstract boolean isStored();

  /** CRC32C of all chunks; nobody changes them once the block is whole. */
  final int[] crcs() {
    return chunkCrcs;
  }

  /** CRC32C of a chunk. */
  public final int chunkCrc(int chunk) {
    return chunkCrcs[chunk];
  }

  /**
   * A run of the block's bytes for a channel to write, a {@link FileRegion} or a {@link
   * io.netty.buffer.ByteBuf}. Takes over one of the caller's references, which goes back at the
   * latest when the result is released.
   *
   * @param allocator makes the buffer, if it is to be one
   * @param offset bytes from the start of the block
   * @param count bytes
   */
  public abstract ReferenceCounted payload(ByteBufAllocator allocator, int offset, int count);

  /**
   * As {@link #payload}, for a channel that takes buffers only: a {@link
   * io.netty.handler.stream.ChunkedInput} that reads the run piece by piece as the channel takes
   * it.
   */
  public final ReferenceCounted input(int offset, int count) {
    return new BlockInput(this, offset, count);
  }

  /**
   * Fills what remains in a buffer with bytes of the block; takes over no reference. It may have to
   * wait for a disk.
   *
   * @param offset bytes from the start of the block
   * @throws IOException where the block's file cannot be read, or is too short
   */
  public abstract void read(ByteBuffer target, int offset) throws IOException;

  /** A copy of a run of the block's bytes; takes over no reference. */
  abstract ByteBuf copy(ByteBufAllocator allocator, int offset, int count) throws IOException;

  /** Takes one more reference; false where the block is gone already. */
  final boolean tryRetain() {
    for (int now = references.get(); now > 0; now = references.get()) {
      if (references.compareAndSet(now, now + 1)) {
        return true;
      }
    }
    return false;
  }

  /** Takes one more reference; only for who holds one. */
  final void retain() {
    if (!tryRetain()) {
      throw new IllegalStateException("the block was released already");
    }
  }

  public final void release() {
    int left = references.decrementAndGet();
    if (left == 0) {
      free();
    } else if (left < 0) {
      throw new IllegalStateException("the block was released more often than retained");
    }
  }

  /** Called once, after the last release. */
  abstract void free();
}
