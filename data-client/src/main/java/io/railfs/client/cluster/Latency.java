// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.cluster;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long the fetches of one worker take, small and large ones apart. Old ones count half as much
 * after {@link #age}. Thread-safe without locks; a count that is lost to a race does not matter.
 */
public final class Latency {
  /** Small: one chunk to four. */
  static final int CLASSES = 2;

  /** Not known, or none. */
  static final long NONE = Long.MAX_VALUE;

  private static final int SMALL = 64 << 10;

  /** Below this many fetches a hundredth of them says nothing. */
  private static final int MIN = 100;

  /** Four steps a doubling, from 16 microseconds. */
  private static final int FIRST_SHIFT = 14;

  private static final int STEPS = 4 * 24;

  /** What a worker counts as before its first fetch. */
  private static final long USUAL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final AtomicIntegerArray counts = new AtomicIntegerArray(CLASSES * STEPS);
  private final AtomicLongArray slow = new AtomicLongArray(new long[] {NONE, NONE});
  private volatile long averageNanos = USUAL_NANOS;

  static int classOf(int bytes) {
    return bytes <= SMALL ? 0 : 1;
  }

  public void add(int bytes, long nanos) {
    counts.incrementAndGet(classOf(bytes) * STEPS + step(nanos));
    long average = averageNanos;
    averageNanos = average + (nanos - average) / 16;
  }

  /** Moving average over all fetches. */
  long averageNanos() {
    return averageNanos;
  }

  /** The time that 99 of 100 fetches of a class took at most; {@link #NONE} where few are known. */
  long p99(int kind) {
    long total = 0;
    for (int i = 0; i < STEPS; i++) {
      total += counts.get(kind * STEPS + i);
    }
    if (total < MIN) {
      return NONE;
    }
    long left = total / 100;
    int step = STEPS - 1;
    while (step > 0 && left - counts.get(kind * STEPS + step) >= 0) {
      left -= counts.get(kind * STEPS + step);
      step--;
    }
    return limit(step);
  }

  /** Halves all counts. */
  void age() {
    for (int i = 0; i < counts.length(); i++) {
      counts.set(i, counts.get(i) / 2);
    }
  }

  /** Sets the time after which a fetch of a class counts as slow. */
  void setSlow(int kind, long nanos) {
    slow.set(kind, nanos);
  }

  /** The time after which a fetch counts as slow. */
  public long slowNanos(int bytes) {
    return slow.get(classOf(bytes));
  }

  private static int step(long nanos) {
    long units = nanos >>> FIRST_SHIFT;
    if (units < 1) {
      return 0;
    }
    int log = 63 - Long.numberOfLeadingZeros(units);
    int quarter = (int) ((nanos >>> (FIRST_SHIFT + log - 2)) & 3);
    return Math.min(STEPS - 1, 4 * log + quarter + 1);
  }

  /** Upper end of a step. */
  private static long limit(int step) {
    if (step == 0) {
      return 1L << FIRST_SHIFT;
    }
    int log = (step - 1) / 4;
    return (1L << (FIRST_SHIFT + log)) / 4 * (5 + (step - 1) % 4);
  }
}
