// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.stream.ChunkedInput;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCounted;
import java.io.IOException;

/** A run of a block, read while it is sent, so that what waits to be sent takes no memory. */
final class BlockInput extends AbstractReferenceCounted implements ChunkedInput<ByteBuf> {
  /** A few records of TLS. */
  private static final int PIECE = 64 << 10;

  private final Block block;
  private final int offset;
  private final int count;
  private int read;

  /** Takes over a reference of the block. */
  BlockInput(Block block, int offset, int count) {
    this.block = block;
    this.offset = offset;
    this.count = count;
  }

  @Override
  public boolean isEndOfInput() {
    return read == count;
  }

  @Override
  public ByteBuf readChunk(ByteBufAllocator allocator) throws IOException {
    int length = Math.min(PIECE, count - read);
    ByteBuf piece = block.copy(allocator, offset + read, length);
    read += length;
    return piece;
  }

  @Override
  @Deprecated
  public ByteBuf readChunk(ChannelHandlerContext context) throws IOException {
    ByteBufAllocator allocator = context.alloc();
    return readChunk(allocator);
  }

  @Override
  public long length() {
    return count;
  }

  @Override
  public long progress() {
    return read;
  }

  /** Called when it was sent or cannot be; also after a release. */
  @Override
  public void close() {
    if (refCnt() > 0) {
      release();
    }
  }

  @Override
  protected void deallocate() {
    block.release();
  }

  @Override
  public ReferenceCounted touch(Object hint) {
    return this;
  }
}
