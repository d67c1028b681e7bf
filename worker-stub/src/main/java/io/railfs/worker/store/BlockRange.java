// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.Chunks;
import io.railfs.worker.ufs.UfsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Somebody who waits for bytes of a block.
 *
 * @param start bytes from the start of the block, a chunk boundary
 * @param length bytes
 */
record BlockRange(int start, int length, BlockWaiter waiter) {
  private static final Logger log = LoggerFactory.getLogger(BlockRange.class);

  BlockRange {
    requireNonNull(waiter, "waiter is null");
  }

  /** Ends the wait. A waiter that fails does not keep the others from their end. */
  void ready(Block block) {
    try {
      waiter.ready(block);
    } catch (RuntimeException | Error e) {
      notTaken(e);
    }
  }

  /** As {@link #ready}, without a block. */
  void failed(UfsException cause) {
    try {
      waiter.failed(cause);
    } catch (RuntimeException | Error e) {
      notTaken(e);
    }
  }

  private static void notTaken(Throwable e) {
    log.error("the end of a wait for a block was not taken: an internal error (bug) of RailFS", e);
  }

  int firstChunk() {
    return start / Chunks.SIZE;
  }

  /** The chunk behind the last one. */
  int endChunk() {
    return firstChunk() + Chunks.count(length);
  }
}
