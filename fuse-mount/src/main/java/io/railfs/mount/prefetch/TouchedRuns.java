// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import java.util.Arrays;

/**
 * How much of a mapped file is touched in a row, by any number of threads that share a handle, and
 * so how much the kernel should read around a page. Not thread-safe.
 *
 * <p>The kernel reads its readahead with the touched page in the middle, and the same again where
 * the touches go on beyond it. So reads that continue each other are one run, and half a readahead
 * of it lies before what was wanted. A run of one read says that less than half was touched; how
 * much less shows in the next opens, each of which has half of the last one.
 */
final class TouchedRuns {
  /** Reads after which the mean is taken. */
  static final int SAMPLE = 32;

  /** And bytes, which are many short reads or several long runs. */
  static final int SAMPLE_BYTES = 1 << 20;

  /** The kernel's. */
  private static final int PAGE = 4096;

  /** Two to the power of this: ends of reads remembered; where two collide, one run is cut. */
  private static final int BITS = 9;

  /** Two to the power of 64 divided by the golden ratio: ends at round distances are spread. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  /** What the kernel reads before a touched page. */
  private final int before;

  private final long[] ends = new long[1 << BITS];
  private int reads;
  private int runs;
  private long bytes;

  /**
   * @param around the kernel's readahead for the handle, in bytes
   */
  TouchedRuns(int around) {
    this.before = around / 2 - around / 2 % PAGE;
    Arrays.fill(ends, -1);
  }

  private static int slot(long offset) {
    return (int) ((offset * SPREAD) >>> (Long.SIZE - BITS));
  }

  /**
   * Takes note of a read.
   *
   * @return now and then what the kernel should read around a page, a power of two in bytes, else 0
   */
  long onRead(long offset, int length) {
    if (ends[slot(offset)] != offset) {
      runs++;
    }
    long end = offset + length;
    ends[slot(end)] = end;
    bytes += length;
    reads++;
    if (reads < SAMPLE || bytes < SAMPLE_BYTES) {
      return 0;
    }
    long mean = bytes / Math.max(1, runs);
    reads = 0;
    runs = 0;
    bytes = 0;
    long wanted = mean - before;
    // A fifth more, as runs are cut now and then.
    return Math.max(1, Long.highestOneBit(wanted + wanted / 4));
  }
}
