// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Off-heap buffers of one block each. Bounds the memory of loads in progress and of blocks served
 * from memory because no disk took them. Thread-safe.
 */
final class BufferPool {
  private final int bufferSize;
  private final Semaphore permits;
  private final Semaphore lendable;
  private final ConcurrentLinkedDeque<ByteBuffer> idle = new ConcurrentLinkedDeque<>();

  /**
   * @param bufferSize bytes
   * @param count most buffers in use at once
   * @param lendable most of them that may be sent from while they are still needed for their load
   */
  BufferPool(int bufferSize, int count, int lendable) {
    this.bufferSize = bufferSize;
    this.permits = new Semaphore(count);
    this.lendable = new Semaphore(lendable);
  }

  /** Whether one more buffer may be lent to receivers; {@link #lendingEnded} follows. */
  boolean tryLend() {
    return lendable.tryAcquire();
  }

  void lendingEnded() {
    lendable.release();
  }

  /** An empty buffer, or null where none came back within the time. The caller gives it back. */
  ByteBuffer take(long timeoutMillis) throws InterruptedException {
    if (!permits.tryAcquire(timeoutMillis, TimeUnit.MILLISECONDS)) {
      return null;
    }
    ByteBuffer buffer = null;
    try {
      buffer = idle.pollFirst();
      if (buffer == null) {
        buffer = ByteBuffer.allocateDirect(bufferSize);
      }
      return buffer;
    } finally {
      if (buffer == null) {
        // There is no memory now; there may be later.
        permits.release();
      }
    }
  }

  void give(ByteBuffer buffer) {
    idle.addFirst(buffer.clear());
    permits.release();
  }
}
