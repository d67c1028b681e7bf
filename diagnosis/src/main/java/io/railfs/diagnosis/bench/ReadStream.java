// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.bench;

import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;

/** One reader of a load; for one thread until it has ended. */
final class ReadStream {
  /** Times kept of the latest reads. */
  private static final int TIMES = 1 << 14;

  private final ReadSource source;
  private final WorkloadPlan plan;
  private final LongAdder bytes;
  private final SplittableRandom random;
  private final long start;
  private final long end;
  private final long[] times = new long[TIMES];
  private long reads;

  /**
   * @param index of the stream, from 0
   * @param bytes counts what was read
   */
  ReadStream(ReadSource source, WorkloadPlan plan, int index, LongAdder bytes) {
    this.source = source;
    this.plan = plan;
    this.bytes = bytes;
    random = new SplittableRandom(index);
    long blocks = (plan.region() + plan.blockSize() - 1) / plan.blockSize();
    long first = blocks * index / plan.streams();
    long next = blocks * (index + 1) / plan.streams();
    // With more streams than blocks some share one.
    start = Math.min(first, blocks - 1) * plan.blockSize();
    end = Math.min(plan.region(), Math.max(next, first + 1) * plan.blockSize());
  }

  /**
   * Reads until the time is over, at least once, or its part once.
   *
   * @param endNanos a {@link System#nanoTime}
   */
  void run(long endNanos, boolean once) throws IOException, InterruptedException {
    long at = start;
    while (once ? at < end : reads == 0 || System.nanoTime() - endNanos < 0) {
      long offset = plan.random() && !once ? randomOffset() : at;
      int length = (int) Math.min(plan.blockSize(), plan.region() - offset);
      long started = System.nanoTime();
      source.read(offset, length);
      times[(int) (reads++ % TIMES)] = System.nanoTime() - started;
      bytes.add(length);
      at += plan.blockSize();
      if (at >= end && !once) {
        at = start;
      }
    }
  }

  private long randomOffset() {
    long blocks = (plan.region() + plan.blockSize() - 1) / plan.blockSize();
    return random.nextLong(blocks) * plan.blockSize();
  }

  long reads() {
    return reads;
  }

  long[] times() {
    return Arrays.copyOf(times, (int) Math.min(reads, TIMES));
  }
}
