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

  /** Blocks that a directory did not take, each attempt counted. */
  public long writeFailures() {
    return writeFailures.sum();
  }
}
