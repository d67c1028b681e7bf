// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

/**
 * Times beyond 64 bits of nanoseconds, which last from 1677 to 2262. A time is nanoseconds since
 * the epoch, the low 64 bits of them, and an era: how many times 2^64 nanoseconds are to be added,
 * 0 for all times between.
 */
public final class Era {
  private static final long NANOS_OF_A_SECOND = 1_000_000_000;

  /** 2^64 nanoseconds are so many seconds, and the nanoseconds that follow. */
  private static final long SECONDS = 18_446_744_073L;

  private static final long NANOS = 709_551_616L;

  private Era() {}

  /** The low 64 bits of the nanoseconds. */
  public static long nanos(long seconds, int nano) {
    return seconds * NANOS_OF_A_SECOND + nano;
  }

  /**
   * The era that goes with {@link #nanos}.
   *
   * @param nano 0 to 999,999,999
   */
  public static int of(long seconds, int nano) {
    long low = seconds * NANOS_OF_A_SECOND;
    long sum = low + nano;
    long high = Math.multiplyHigh(seconds, NANOS_OF_A_SECOND);
    int carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
    return (int) high + carry + (sum < 0 ? 1 : 0);
  }

  /** Whole seconds since the epoch, rounded down. */
  public static long seconds(long nanos, int era) {
    return Math.floorDiv(nanos, NANOS_OF_A_SECOND)
        + era * SECONDS
        + Math.floorDiv(rest(nanos, era), NANOS_OF_A_SECOND);
  }

  /** Nanoseconds beside {@link #seconds}, 0 to 999,999,999. */
  public static int nano(long nanos, int era) {
    return (int) Math.floorMod(rest(nanos, era), NANOS_OF_A_SECOND);
  }

  private static long rest(long nanos, int era) {
    return Math.floorMod(nanos, NANOS_OF_A_SECOND) + era * NANOS;
  }
}
