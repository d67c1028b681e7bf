// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.FileRegion;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCounted;
import io.railfs.protocol.Checksums;
import io.railfs.protocol.Chunks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * A block in the buffer that it is loaded into, which goes back with the last reference: for who
 * does not wait until it is whole and on disk, and for all where no disk takes it.
 */
final class MemoryBlock extends Block {
  /** Runs up to here are copied, so that a slow receiver does not keep the buffer. */
  static final int MAX_COPY = 2 * Chunks.SIZE;

  private final ByteBuffer bytes;
  private final int[] chunkCrcs;
  private final BufferPool pool;
  private volatile boolean lent;

  /**
   * @param bytes the block from position 0, to be filled; owned by this block from now on
   */
  MemoryBlock(ByteBuffer bytes, int length, BufferPool pool) {
    this(bytes, length, new int[Chunks.count(length)], pool);
  }

  private MemoryBlock(ByteBuffer bytes, int length, int[] chunkCrcs, BufferPool pool) {
    super(length, chunkCrcs);
    this.bytes = bytes;
    this.chunkCrcs = chunkCrcs;
    this.pool = pool;
  }

  @Override
  public boolean isStored() {
    return false;
  }

  /** The bytes from one offset to another, to be filled or read. */
  ByteBuffer slice(int from, int to) {
    return bytes.duplicate().limit(to).position(from).slice();
  }

  /** Computes the checksums of chunks that were filled, before others learn of them. */
  void checksum(int from, int to) {
    int[] crcs = Checksums.ofChunks(slice(from, to));
    System.arraycopy(crcs, 0, chunkCrcs, from / Chunks.SIZE, crcs.length);
  }

  int[] chunkCrcs() {
    return chunkCrcs;
  }

  /**
   * Whether a run may be sent from the buffer before the block is on disk: small ones always, large
   * ones as long as slow receivers do not keep too many buffers. By one thread at a time.
   */
  boolean lends(int count) {
    if (count > MAX_COPY && !lent) {
      lent = pool.tryLend();
    }
    return count <= MAX_COPY || lent;
  }

  @Override
  public ReferenceCounted payload(ByteBufAllocator allocator, int offset, int count) {
    if (count > MAX_COPY) {
      return new Region(offset, count);
    }
    try {
      return copy(allocator, offset, count);
    } finally {
      release();
    }
  }

  @Override
  ByteBuf copy(ByteBufAllocator allocator, int offset, int count) {
    return allocator.directBuffer(count).writeBytes(slice(offset, offset + count));
  }

  @Override
  public void read(ByteBuffer target, int offset) {
    target.put(slice(offset, offset + target.remaining()));
  }

  @Override
  void free() {
    if (lent) {
      pool.lendingEnded();
    }
    pool.give(bytes);
  }

  private final class Region extends AbstractReferenceCounted implements FileRegion {
    private final int offset;
    private final int count;
    private int transferred;

    Region(int offset, int count) {
      this.offset = offset;
      this.count = count;
    }

    @Override
    public long transferTo(WritableByteChannel target, long position) throws IOException {
      int written = target.write(slice(offset + (int) position, offset + count));
      transferred += Math.max(0, written);
      return written;
    }

    @Override
    public long position() {
      return offset;
    }

    @Override
    public long transferred() {
      return transferred;
    }

    @Override
    @Deprecated
    public long transfered() {
      return transferred;
    }

    @Override
    public long count() {
      return count;
    }

    @Override
    protected void deallocate() {
      MemoryBlock.this.release();
    }

    @Override
    public FileRegion touch(Object hint) {
      return this;
    }

    @Override
    public FileRegion touch() {
      return this;
    }

    @Override
    public FileRegion retain() {
      super.retain();
      return this;
    }

    @Override
    public FileRegion retain(int increment) {
      super.retain(increment);
      return this;
    }
  }
}
