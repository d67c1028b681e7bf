// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import java.util.Arrays;

/**
 * How much of a mapped file is touched in a row, by any number of threads that share a handle, and
 * so how much the kernel should read around a page. Not thread-safe.
 *
 * <p>The kernel reads its readahead with the touched page in the middle, and as much again where
 * the touches go on beyond it. So reads that continue each other are one run, and half a readahead
 * of it lies before what was touched. A run of one read means that less than half was touched; the
 * readahead is then halved from open to open.
 */
final class TouchedRuns {
  /** Reads after which the mean is taken while the file is open. */
  static final int SAMPLE = 64;

  /** And bytes: many short reads or several long runs. */
  static final int SAMPLE_BYTES = 1 << 20;

  /** What the kernel asks for at once for a program that reads, whatever the readahead is. */
  private static final int BUFFERED = 128 << 10;

  private static final int PAGE_BITS = 12;
  private static final long PAGE_SIZE = 1L << PAGE_BITS;

  /** Two to the power of this: ends of reads remembered; where two collide, one run is cut. */
  private static final int BITS = 8;

  /** Two to the power of 32 divided by the golden ratio: ends at round distances are spread. */
  private static final int SPREAD = 0x9E3779B9;

  /** The kernel's readahead for the handle, bytes. */
  private int around;

  /** In pages. */
  private final int[] ends = new int[1 << BITS];

  private int reads;
  private int runs;
  private long bytes;

  /**
   * @param around the kernel's readahead for the handle, in bytes
   */
  TouchedRuns(int around) {
    this.around = around;
    Arrays.fill(ends, -1);
  }

  private static int page(long offset) {
    return (int) (offset >>> PAGE_BITS);
  }

  private static int slot(int page) {
    return (page * SPREAD) >>> (Integer.SIZE - BITS);
  }

  /**
   * What was seen.
   *
   * @param around the kernel's readahead for the handle, in bytes
   * @param bytes of all reads
   */
  record Sample(int around, int reads, int runs, long bytes) {
    Sample plus(Sample other) {
      return new Sample(around, reads + other.reads, runs + other.runs, bytes + other.bytes);
    }

    /**
     * What the kernel should read around a page, in bytes: {@link KernelReadahead#LEAST_AROUND} or
     * more.
     *
     * @param most what a stream has: one run, as far as it was seen
     */
    int wanted(int most) {
      if (runs <= 1) {
        return Math.max(KernelReadahead.LEAST_AROUND, most);
      }
      long half = around / 2;
      long touched = bytes / runs - (half - half % PAGE_SIZE);
      // A quarter more is taken as enough for the next power of two, as runs are cut now and then.
      long wanted = Math.min(Long.highestOneBit(touched + touched / 4), most);
      return (int) Math.max(KernelReadahead.LEAST_AROUND, wanted);
    }
  }

  /**
   * Takes note of a read.
   *
   * @return now and then what was seen since the last time, else null
   */
  Sample onRead(long offset, int length) {
    int first = page(offset);
    if (ends[slot(first)] != first) {
      runs++;
    }
    int end = page(offset + length);
    ends[slot(end)] = end;
    bytes += length;
    reads++;
    if (length > BUFFERED && length > around) {
      // The handle was opened before the file was known to be mapped.
      around = length;
    }
    return reads < SAMPLE || bytes < SAMPLE_BYTES ? null : take();
  }

  /** What was seen since the last time: the file is closed. */
  Sample take() {
    Sample sample = new Sample(around, reads, runs, bytes);
    reads = 0;
    runs = 0;
    bytes = 0;
    return sample;
  }
}
