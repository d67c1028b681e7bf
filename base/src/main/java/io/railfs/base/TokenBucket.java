// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

import java.util.function.LongSupplier;

/**
 * A token bucket: so many units a second on average, and after a pause as many at once as come in
 * the burst time. Units are paid for after they were taken: each amount is let through when those
 * before it are paid for, however large it is. Thread-safe; waits for nothing itself.
 */
public final class TokenBucket {
  private static final double NANOS_PER_SECOND = 1e9;

  private final double perSecond;
  private final long burstNanos;
  private final LongSupplier nanos;

  /** When the units taken so far are paid for. Guarded by this. */
  private double paidNanos;

  /**
   * @param perSecond units; 0 for no limit
   * @param burstNanos time whose units may come at once after a pause
   */
  public TokenBucket(double perSecond, long burstNanos) {
    this(perSecond, burstNanos, System::nanoTime);
  }

  TokenBucket(double perSecond, long burstNanos, LongSupplier nanos) {
    this.perSecond = perSecond;
    this.burstNanos = burstNanos;
    this.nanos = nanos;
    this.paidNanos = nanos.getAsLong();
  }

  /** Takes units: nanoseconds to wait before they may be used, 0 or less for none. */
  public long take(long units) {
    return tryTake(units, Long.MAX_VALUE);
  }

  /**
   * As {@link #take}; {@link Long#MAX_VALUE}, and none taken, where the wait is longer than this.
   */
  public synchronized long tryTake(long units, long maxWaitNanos) {
    if (perSecond <= 0 || units == 0) {
      return 0;
    }
    double now = nanos.getAsLong();
    double paid = Math.max(paidNanos, now - burstNanos);
    double wait = paid - now;
    if (wait > maxWaitNanos) {
      return Long.MAX_VALUE;
    }
    paidNanos = paid + units / perSecond * NANOS_PER_SECOND;
    return (long) wait;
  }

  /** Units that were taken and not used after all. */
  public synchronized void giveBack(long units) {
    if (perSecond > 0) {
      paidNanos -= units / perSecond * NANOS_PER_SECOND;
    }
  }
}
