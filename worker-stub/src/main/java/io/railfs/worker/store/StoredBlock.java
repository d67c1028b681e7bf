package io.railfs.worker.store;

import static java.util.Objects.requireNonNull;

/**
 * Where the file of a block is, and what the eviction knows of it: its place in the {@link
 * EvictionQueues} of its directory, which own every field that is not final. Small, for a store
 * keeps one in memory for each of its blocks.
 */
final class StoredBlock {
  /** In which queue a block is. */
  enum Place {
    /** Not yet, or not any more: evicted, freed, bad. */
    NOWHERE,
    SMALL,
    MAIN,
    PINNED
  }

  private final BlockKey key;
  private final StoreDirectory directory;
  private final int fileBytes;

  StoredBlock before;
  StoredBlock after;
  volatile Place place = Place.NOWHERE;

  /** When the last visit was counted, in ticks; written without a lock, for nothing hangs on it. */
  int lastVisit;

  /** How often the main queue lets it pass; as {@link #lastVisit}. */
  byte turns;

  /**
   * @param directory holds the file
   * @param fileBytes bytes of the whole file
   */
  StoredBlock(BlockKey key, StoreDirectory directory, int fileBytes) {
    this.key = requireNonNull(key, "key is null");
    this.directory = requireNonNull(directory, "directory is null");
    this.fileBytes = fileBytes;
  }

  BlockKey key() {
    return key;
  }

  StoreDirectory directory() {
    return directory;
  }

  int fileBytes() {
    return fileBytes;
  }

  boolean isPinned() {
    return place == Place.PINNED;
  }

  /** Whether it has left the store. */
  boolean isGone() {
    return place == Place.NOWHERE;
  }

  /** Somebody reads it. No lock, no allocation. */
  void visited() {
    directory.queues().visited(this);
  }
}
