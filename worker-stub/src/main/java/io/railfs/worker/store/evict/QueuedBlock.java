// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.evict;

/**
 * A block as the {@link EvictionQueues} see it; they own every field. Small, for a store keeps one
 * in memory for each of its blocks.
 *
 * @param <B> the blocks of these queues
 */
public abstract class QueuedBlock<B extends QueuedBlock<B>> {
  /** In which queue a block is. */
  enum Place {
    /** Not yet, or not any more: evicted, freed, bad. */
    NOWHERE,
    SMALL,
    MAIN,
    PINNED
  }

  B before;
  B after;
  volatile Place place = Place.NOWHERE;

  /** When the last visit was counted, in ticks; written without a lock: nothing depends on it. */
  int lastVisit;

  /** How often the main queue lets it pass; as {@link #lastVisit}. */
  byte turns;

  /** 64 bits that are hardly those of another block, evenly spread. */
  protected abstract long hash();

  /** Bytes that it takes on the disk. */
  public abstract int fileBytes();

  public final boolean isPinned() {
    return place == Place.PINNED;
  }

  /** Whether it has left the store. */
  public final boolean isGone() {
    return place == Place.NOWHERE;
  }
}
