package io.railfs.client.bulk;

import java.util.concurrent.TimeUnit;

/** Spreads bytes over time. Thread-safe. */
final class Bandwidth {
  /** What may come at once after a pause. */
  private static final double BURST_SECONDS = 0.1;

  private final double bytesPerSecond;

  /** When the bytes let through so far are paid for. Guarded by this. */
  private double paidNanos = System.nanoTime();

  /**
   * @param bytesPerSecond 0 for no limit
   */
  Bandwidth(double bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Waits until so many bytes may be asked for. */
  void take(int bytes) throws InterruptedException {
    if (bytesPerSecond <= 0) {
      return;
    }
    double wait;
    synchronized (this) {
      double now = System.nanoTime();
      paidNanos = Math.max(paidNanos, now - BURST_SECONDS * 1e9);
      wait = paidNanos - now;
      paidNanos += bytes / bytesPerSecond * 1e9;
    }
    if (wait > 0) {
      TimeUnit.NANOSECONDS.sleep((long) wait);
    }
  }

  /** Bytes that were let through did not come after all. */
  synchronized void giveBack(int bytes) {
    if (bytesPerSecond > 0) {
      paidNanos -= bytes / bytesPerSecond * 1e9;
    }
  }
}
