// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.telemetry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts how long things took, by doublings from {@link #FIRST} nanoseconds on. Thread-safe; an
 * addition or two for each.
 */
public final class Durations {
  /** Doublings: the first limit is 2^12 ns (4 microseconds), the last 2^36 ns (69 s). */
  static final int FIRST = 12;

  static final int LAST = 36;

  private final LongAdder[] counts = new LongAdder[LAST - FIRST + 2];
  private final LongAdder nanos = new LongAdder();

  public Durations() {
    Arrays.setAll(counts, i -> new LongAdder());
  }

  public void add(long tookNanos) {
    counts[bucket(tookNanos)].increment();
    nanos.add(tookNanos);
  }

  /** The bucket of a duration: the first whose limit it does not exceed. */
  public static int bucket(long tookNanos) {
    int doubling = tookNanos <= 1 ? 0 : Long.SIZE - Long.numberOfLeadingZeros(tookNanos - 1);
    return Math.max(0, Math.min(LAST + 1, doubling) - FIRST);
  }

  /** In seconds. */
  public Buckets buckets() {
    return new Buckets(
        limits(), Arrays.stream(counts).map(LongAdder::sum).toList(), nanos.sum() / 1e9);
  }

  /** Upper ends of the buckets, in seconds. */
  public static List<Double> limits() {
    List<Double> limits = new ArrayList<>();
    for (int doubling = FIRST; doubling <= LAST; doubling++) {
      limits.add((1L << doubling) / 1e9);
    }
    return limits;
  }

  /** The limit of a bucket in nanoseconds; bucket is less than the number of limits. */
  public static long limitNanos(int bucket) {
    return 1L << (FIRST + bucket);
  }
}
