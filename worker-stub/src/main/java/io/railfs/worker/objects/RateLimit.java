package io.railfs.worker.objects;

import java.util.concurrent.TimeUnit;

/**
 * At most so many units a second, on average from the first on: each amount is let through when the
 * ones before it are paid for. Thread-safe.
 */
final class RateLimit {
  private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

  private final long perSecond;

  /** When the next amount may start. */
  private long free = System.nanoTime();

  /**
   * @param perSecond units; 0 for no limit
   */
  RateLimit(long perSecond) {
    this.perSecond = perSecond;
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
    if (perSecond == 0 || amount == 0) {
      return 0;
    }
    synchronized (this) {
      long now = System.nanoTime();
      long start = now - free > 0 ? now : free;
      if (start - deadline.nanoTime() > 0) {
        return -1;
      }
      free = start + (long) (amount * NANOS / perSecond);
      return start - now;
    }
  }
}
