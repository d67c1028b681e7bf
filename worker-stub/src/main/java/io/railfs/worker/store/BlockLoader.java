package io.railfs.worker.store;

import io.railfs.protocol.Checksums;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.nio.ByteBuffer;

/** Brings one block at a time from the UFS into the store. Thread-safe; blocks its caller. */
final class BlockLoader {
  private final Ufs ufs;
  private final BlockStore store;
  private final BufferPool buffers;
  private final long bufferTimeoutMillis;

  BlockLoader(Ufs ufs, BlockStore store, BufferPool buffers, long bufferTimeoutMillis) {
    this.ufs = ufs;
    this.store = store;
    this.buffers = buffers;
    this.bufferTimeoutMillis = bufferTimeoutMillis;
  }

  /** The block, of which the caller owns a reference. */
  Block load(FileId id, int index) throws UfsException {
    ByteBuffer buffer = buffer();
    Block block = null;
    try {
      int length = Chunks.blockLength(id.version().size(), id.blockSize(), index);
      buffer.limit(length);
      ufs.read(id.path(), id.version(), (long) index * id.blockSize(), buffer);
      buffer.flip();
      int[] crcs = Checksums.ofChunks(buffer);
      store.counters().loadAdder().increment();
      block = store.write(id, index, buffer, crcs);
      if (block == null) {
        block = new MemoryBlock(buffer, length, crcs, buffers);
      }
      return block;
    } finally {
      if (!(block instanceof MemoryBlock)) {
        buffers.give(buffer);
      }
    }
  }

  private ByteBuffer buffer() throws UfsException {
    try {
      ByteBuffer buffer = buffers.take(bufferTimeoutMillis);
      if (buffer != null) {
        return buffer;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UfsException(ErrorCode.BUSY, "the worker is stopping", e);
    }
    throw new UfsException(
        ErrorCode.BUSY, "every load buffer of the worker is in use; try again later or elsewhere");
  }
}
