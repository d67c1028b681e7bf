// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import io.railfs.protocol.Chunks;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.store.disk.BlockKey;
import io.railfs.worker.store.disk.FileId;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.nio.ByteBuffer;

/**
 * Brings one block at a time from the UFS into the store, part by part. Thread-safe; blocks its
 * caller.
 *
 * <p>Each part is read on its own, and the UFS compares the file's version before and after each: a
 * part that is published is of the version that was asked for, whatever becomes of the file
 * afterwards. So a block that breaks off in the middle was right as far as it was sent, and is not
 * stored.
 */
final class BlockLoader {
  private final Ufs ufs;
  private final BlockStore store;
  private final BlockFlights flights;
  private final BufferPool buffers;
  private final long bufferTimeoutMillis;

  BlockLoader(
      Ufs ufs,
      BlockStore store,
      BlockFlights flights,
      BufferPool buffers,
      long bufferTimeoutMillis) {
    this.ufs = ufs;
    this.store = store;
    this.flights = flights;
    this.buffers = buffers;
    this.bufferTimeoutMillis = bufferTimeoutMillis;
  }

  /** The block, of which the caller owns a reference. */
  Block load(FileId id, int index) throws UfsException {
    int length = Chunks.blockLength(id.version().size(), id.blockSize(), index);
    MemoryBlock block = new MemoryBlock(buffer(), length, buffers);
    try {
      fill(id, index, block);
      Block stored = store.write(id, index, block.slice(0, length), block.chunkCrcs());
      if (stored != null) {
        return stored;
      }
      block.retain();
      return block;
    } finally {
      flights.withdraw(id.key(index));
      block.release();
    }
  }

  private void fill(FileId id, int index, MemoryBlock block) throws UfsException {
    BlockKey key = id.key(index);
    LoadParts parts = new LoadParts(Chunks.count(block.length()));
    while (!parts.isDone()) {
      LoadParts.Part part = parts.next(flights.wanted(key));
      int from = part.from() * Chunks.SIZE;
      int to = Math.min(block.length(), part.to() * Chunks.SIZE);
      long start = System.nanoTime();
      ufs.read(
          id.path(), id.version(), (long) index * id.blockSize() + from, block.slice(from, to));
      parts.loaded(part, System.nanoTime() - start);
      block.checksum(from, to);
      if (parts.isDone()) {
        store.counters().loadAdder().increment();
        store.counters().loadedByteAdder().add(block.length());
      }
      // The last part too: nobody waits for the store to take the block.
      int served = flights.publish(key, block, part.from(), part.to());
      store.counters().partialAdder().add(served);
      store.counters().missAdder().add(served);
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
