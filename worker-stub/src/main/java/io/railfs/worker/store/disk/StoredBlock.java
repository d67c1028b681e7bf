// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import static java.util.Objects.requireNonNull;

import io.railfs.worker.store.evict.EvictionQueues;
import io.railfs.worker.store.evict.QueuedBlock;

/**
 * Where the file of a block is, and its place in the {@link EvictionQueues} of its directory.
 * Small: a store keeps one in memory for each of its blocks.
 */
public final class StoredBlock extends QueuedBlock<StoredBlock> {
  private final BlockKey key;
  private final StoreDirectory directory;
  private final int fileBytes;

  /**
   * @param directory holds the file
   * @param fileBytes bytes of the whole file
   */
  public StoredBlock(BlockKey key, StoreDirectory directory, int fileBytes) {
    this.key = requireNonNull(key, "key is null");
    this.directory = requireNonNull(directory, "directory is null");
    this.fileBytes = fileBytes;
  }

  public BlockKey key() {
    return key;
  }

  public StoreDirectory directory() {
    return directory;
  }

  @Override
  protected long hash() {
    return key.high() ^ (key.index() * 0x9E3779B97F4A7C15L);
  }

  @Override
  public int fileBytes() {
    return fileBytes;
  }

  /** Somebody reads it. No lock, no allocation. */
  public void visited() {
    directory.queues().visited(this);
  }
}
