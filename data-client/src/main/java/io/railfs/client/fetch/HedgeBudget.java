// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.fetch;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Bounds the second attempts beside slow ones: in number to a share of all fetches, so that a
 * cluster that is slow as a whole is not asked twice for everything, and in bytes. Thread-safe.
 */
public final class HedgeBudget {
  /** What one second attempt costs, in hundredths, so that a share in percent earns whole ones. */
  private static final long PRICE = 100;

  /** What may be saved up for when many become slow at once. */
  private static final long MAX_SAVED = 20 * PRICE;

  private final int percent;
  private final long byteLimit;
  private final AtomicLong saved = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final LongAdder started = new LongAdder();
  private final LongAdder won = new LongAdder();

  /**
   * @param percent of fetches that may have a second attempt, 0 for none
   * @param byteLimit of all second attempts at a time
   */
  HedgeBudget(int percent, long byteLimit) {
    this.percent = percent;
    this.byteLimit = byteLimit;
  }

  /** A fetch begins. */
  void earn() {
    if (percent > 0 && saved.get() < MAX_SAVED) {
      saved.addAndGet(percent);
    }
  }

  /** Whether a second attempt may begin; {@link #end} follows where it may. */
  boolean begin(int length) {
    long after = bytes.addAndGet(length);
    if (after > byteLimit || !pay()) {
      bytes.addAndGet(-length);
      return false;
    }
    started.increment();
    return true;
  }

  private boolean pay() {
    long has = saved.get();
    while (has >= PRICE) {
      if (saved.compareAndSet(has, has - PRICE)) {
        return true;
      }
      has = saved.get();
    }
    return false;
  }

  void end(int length) {
    bytes.addAndGet(-length);
  }

  void won() {
    won.increment();
  }

  long startedCount() {
    return started.sum();
  }

  long wonCount() {
    return won.sum();
  }

  /** Bytes of the second attempts under way. */
  long bytes() {
    return bytes.get();
  }
}
