// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.Chunks;

/**
 * Somebody who waits for bytes of a block.
 *
 * @param start bytes from the start of the block, a chunk boundary
 * @param length bytes
 */
record BlockRange(int start, int length, BlockWaiter waiter) {
  BlockRange {
    requireNonNull(waiter, "waiter is null");
  }

  int firstChunk() {
    return start / Chunks.SIZE;
  }

  /** The chunk behind the last one. */
  int endChunk() {
    return firstChunk() + Chunks.count(length);
  }
}
