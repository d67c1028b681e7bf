// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import java.util.concurrent.atomic.LongAdder;

/** What happened in the store since its start. Thread-safe; reading is not atomic over all. */
public final class StoreCounters {
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder loads = new LongAdder();
  private final LongAdder loadFailures = new LongAdder();
  private final LongAdder evictions = new LongAdder();
  private final LongAdder quarantined = new LongAdder();
  private final LongAdder writeFailures = new LongAdder();
  private final LongAdder readFailures = new LongAdder();
  private final LongAdder unstored = new LongAdder();
  private final LongAdder freed = new LongAdder();
  private final LongAdder loadedBytes = new LongAdder();
  private final LongAdder partial = new LongAdder();

  StoreCounters() {}

  /** Lookups of a block that the store answered. */
  LongAdder hitAdder() {
    return hits;
  }

  LongAdder missAdder() {
    return misses;
  }

  LongAdder loadAdder() {
    return loads;
  }

  LongAdder loadFailureAdder() {
    return loadFailures;
  }

  LongAdder evictionAdder() {
    return evictions;
  }

  LongAdder quarantineAdder() {
    return quarantined;
  }

  LongAdder writeFailureAdder() {
    return writeFailures;
  }

  LongAdder readFailureAdder() {
    return readFailures;
  }

  LongAdder unstoredAdder() {
    return unstored;
  }

  LongAdder freedAdder() {
    return freed;
  }

  LongAdder loadedByteAdder() {
    return loadedBytes;
  }

  LongAdder partialAdder() {
    return partial;
  }

  /** Lookups of a block that the store answered. */
  public long hits() {
    return hits.sum();
  }

  /** Lookups that waited for a load. */
  public long misses() {
    return misses.sum();
  }

  /** Blocks loaded from the UFS. */
  public long loads() {
    return loads.sum();
  }

  public long loadFailures() {
    return loadFailures.sum();
  }

  public long evictions() {
    return evictions.sum();
  }

  /** Bad block files put aside. */
  public long quarantined() {
    return quarantined.sum();
  }

  /** Writes and deletions that a directory refused, each attempt counted. */
  public long writeFailures() {
    return writeFailures.sum();
  }

  /** Reads that a directory failed, and files that it could not open. */
  public long readFailures() {
    return readFailures.sum();
  }

  /** Blocks that were loaded and that no directory took. */
  public long unstored() {
    return unstored.sum();
  }

  /** Blocks dropped by request. */
  public long freed() {
    return freed.sum();
  }

  /** Bytes loaded from the UFS. */
  public long loadedBytes() {
    return loadedBytes.sum();
  }

  /** Lookups that were answered from a block that was still loading, or not stored yet. */
  public long partial() {
    return partial.sum();
  }
}
