package io.railfs.mount.fs;

import java.util.List;

/**
 * What the reads of a mount have come to since it began.
 *
 * @param bytes given to readers
 * @param hits reads that found everything in the page cache
 * @param misses reads that had to wait for a worker
 * @param errors reads that failed
 * @param times reads by how long they took: element i counts those below {@link #limitNanos}(i) and
 *     not below the limit before
 */
public record ReadStats(long bytes, long hits, long misses, long errors, List<Long> times) {
  public ReadStats {
    times = List.copyOf(times);
  }

  /** Four steps for each doubling, up to more than an hour. */
  static final int STEPS = 4 * 42;

  /** Reads that ended. */
  public long reads() {
    return hits + misses + errors;
  }

  /** Where a read of so many nanoseconds is counted. */
  static int step(long nanos) {
    if (nanos < 4) {
      return 0;
    }
    int doubling = 63 - Long.numberOfLeadingZeros(nanos);
    int quarter = (int) (nanos >> (doubling - 2)) & 3;
    return Math.min(STEPS - 1, 4 * doubling + quarter);
  }

  /** The first number of nanoseconds beyond this step. */
  public static long limitNanos(int step) {
    return ((5L + step % 4) << (step / 4)) >> 2;
  }
}
