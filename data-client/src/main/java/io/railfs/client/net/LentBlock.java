// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static java.util.Objects.requireNonNull;

import io.railfs.fabric.local.SharedFile;

/** A block whose file a worker on this host has lent. Immutable, but for the file's references. */
final class LentBlock {
  private final WorkerBlock key;
  private final SharedFile file;
  private final int[] chunkCrcs;
  private final long endNanos;

  /**
   * @param key names it
   * @param file its file; whoever keeps the block holds a reference
   * @param chunkCrcs CRC32C of each chunk, as the worker said them over its connection
   * @param endNanos the {@link System#nanoTime} at which it is asked for again: so the worker
   *     learns that it is used, and the space of a block that was evicted comes back
   */
  LentBlock(WorkerBlock key, SharedFile file, int[] chunkCrcs, long endNanos) {
    this.key = requireNonNull(key, "key is null");
    this.file = requireNonNull(file, "file is null");
    this.chunkCrcs = requireNonNull(chunkCrcs, "chunkCrcs is null");
    this.endNanos = endNanos;
  }

  WorkerBlock key() {
    return key;
  }

  SharedFile file() {
    return file;
  }

  int[] chunkCrcs() {
    return chunkCrcs;
  }

  long endNanos() {
    return endNanos;
  }
}
