// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/**
 * What the reads of a mount have come to since it began. Times are counts of reads by how long they
 * took: element i counts those below {@link #limitNanos}(i) and not below the limit before.
 *
 * @param bytes given to readers
 * @param hitTimes of reads that found everything in the page cache
 * @param missTimes of reads that had to wait for a worker
 * @param errorTimes of reads that failed
 */
public record ReadStats(
    long bytes, List<Long> hitTimes, List<Long> missTimes, List<Long> errorTimes) {
  public ReadStats {
    hitTimes = List.copyOf(hitTimes);
    missTimes = List.copyOf(missTimes);
    errorTimes = List.copyOf(errorTimes);
  }

  /** Four steps for each doubling, up to more than an hour. */
  static final int STEPS = 4 * 42;

  /** Reads that ended. */
  public long reads() {
    return hits() + misses() + errors();
  }

  /** Reads that found everything in the page cache. */
  public long hits() {
    return sum(hitTimes);
  }

  /** Reads that had to wait for a worker. */
  public long misses() {
    return sum(missTimes);
  }

  /** Reads that failed. */
  public long errors() {
    return sum(errorTimes);
  }

  private static long sum(List<Long> times) {
    return times.stream().mapToLong(Long::longValue).sum();
  }

  /** Of all reads. */
  public List<Long> times() {
    return IntStream.range(0, hitTimes.size())
        .mapToObj(step -> hitTimes.get(step) + missTimes.get(step) + errorTimes.get(step))
        .toList();
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

  /** Counts the reads of a mount. Thread-safe; a read costs two additions. */
  static final class Counters {
    private final LongAdder bytes = new LongAdder();
    private final LongAdder[] hits = adders();
    private final LongAdder[] misses = adders();
    private final LongAdder[] errors = adders();

    private static LongAdder[] adders() {
      LongAdder[] adders = new LongAdder[ReadStats.STEPS];
      Arrays.setAll(adders, step -> new LongAdder());
      return adders;
    }

    void ended(boolean hit, int count, long nanos) {
      (hit ? hits : misses)[ReadStats.step(nanos)].increment();
      bytes.add(count);
    }

    void failed(long nanos) {
      errors[ReadStats.step(nanos)].increment();
    }

    ReadStats snapshot() {
      return new ReadStats(bytes.sum(), sums(hits), sums(misses), sums(errors));
    }

    private static List<Long> sums(LongAdder[] adders) {
      return Arrays.stream(adders).map(LongAdder::sum).toList();
    }
  }
}
