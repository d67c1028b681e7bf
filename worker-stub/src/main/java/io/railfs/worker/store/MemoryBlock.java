package io.railfs.worker.store;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.FileRegion;
import io.netty.util.AbstractReferenceCounted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * A block that no disk took: served from the buffer it was loaded into, which it then gives back.
 */
final class MemoryBlock extends Block {
  private final ByteBuffer bytes;
  private final BufferPool pool;

  /**
   * @param bytes the block from position 0; owned by this block from now on
   */
  MemoryBlock(ByteBuffer bytes, int length, int[] chunkCrcs, BufferPool pool) {
    super(length, chunkCrcs);
    this.bytes = bytes;
    this.pool = pool;
  }

  @Override
  public FileRegion payload(ByteBufAllocator allocator, int offset, int count) {
    return new Region(offset, count);
  }

  @Override
  void free() {
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
      ByteBuffer left = bytes.duplicate();
      left.limit(offset + count).position(offset + (int) position);
      int written = target.write(left);
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
