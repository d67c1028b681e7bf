// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.base.TokenBucket;
import java.util.concurrent.TimeUnit;

/**
 * At most so many units a second, on average from the first on: each amount is let through when the
 * ones before it are paid for. Thread-safe.
 */
final class RateLimit {
  private final TokenBucket bucket;

  /**
   * @param perSecond units; 0 for no limit
   */
  RateLimit(long perSecond) {
    this.bucket = new TokenBucket(perSecond, 0);
  }

  /** Waits for its turn; false, and no turn taken, where that is not before the deadline. */
  boolean await(long amount, Deadline deadline) throws InterruptedException {
    long wait = reserve(amount, deadline);
    if (wait > 0) {
      TimeUnit.NANOSECONDS.sleep(wait);
    }
    return wait >= 0;
  }

  /** Takes a turn: nanoseconds until it comes; negative, and none taken, where that is too late. */
  long reserve(long amount, Deadline deadline) {
    long wait = bucket.tryTake(amount, deadline.nanoTime() - System.nanoTime());
    return wait == Long.MAX_VALUE ? -1 : Math.max(0, wait);
  }
}
