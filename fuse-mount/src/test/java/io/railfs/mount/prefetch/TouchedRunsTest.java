// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** How much the kernel should read around a touched page, from the reads that it sends. */
class TouchedRunsTest {
  private static final int KIB = 1 << 10;
  private static final int NORMAL = 512 * KIB;
  private static final long FILE = 8L << 30;

  /** The reads that Linux sends where threads take turns to touch runs of this length. */
  private static int around(int around, int run, int threads) {
    TouchedRuns runs = new TouchedRuns(around);
    SplittableRandom random = new SplittableRandom(7);
    int wanted = 0;
    for (int i = 0; i < 400 && wanted == 0; i++) {
      List<List<long[]>> each = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        each.add(reads(random.nextLong(1, FILE / NORMAL / 4) * NORMAL * 4, around, run));
      }
      for (int k = 0; k < each.get(0).size(); k++) {
        for (List<long[]> reads : each) {
          TouchedRuns.Sample seen = runs.onRead(reads.get(k)[0], (int) reads.get(k)[1]);
          wanted = seen == null ? wanted : seen.wanted(NORMAL);
        }
      }
    }
    assertThat(wanted).as("what enough reads show").isPositive();
    return wanted;
  }

  private static List<long[]> reads(long first, int around, int run) {
    List<long[]> reads = new ArrayList<>();
    long have = first - around / 2 / 4096 * 4096L;
    while (have < first + run) {
      reads.add(new long[] {have, around});
      have += around;
    }
    return reads;
  }

  /** Opens the file again and again, until nothing changes any more. */
  private static int settled(int start, int run, int threads) {
    int around = start;
    for (int i = 0; i < 12; i++) {
      around = around(around, run, threads);
    }
    return around;
  }

  @Test
  void singlePagesAreReadAlone() {
    assertThat(settled(4 * KIB, 4 * KIB, 1)).isEqualTo(4 * KIB);
    assertThat(settled(NORMAL, 4 * KIB, 1)).isEqualTo(4 * KIB);
    assertThat(settled(NORMAL, 4 * KIB, 32)).isEqualTo(4 * KIB);
  }

  @Test
  void aRunIsReadInOneOrTwoReads() {
    for (int threads : new int[] {1, 4, 8}) {
      for (int run = 16 * KIB; run <= NORMAL; run *= 2) {
        int around = settled(4 * KIB, run, threads);
        assertThat(around).as("%s threads, runs of %s", threads, run).isBetween(run, 2 * run);
        assertThat(settled(around, run, threads)).as("stays").isEqualTo(around);
      }
    }
  }

  @Test
  void whatIsReadAsAStreamHasAllThatAMountReadsAhead() {
    assertThat(around(4 * KIB, 64 << 20, 1)).isGreaterThanOrEqualTo(NORMAL);
    assertThat(settled(NORMAL, 64 << 20, 1)).isEqualTo(NORMAL);
  }

  @Test
  void aFewReadsSayNothing() {
    TouchedRuns runs = new TouchedRuns(4 * KIB);
    for (int i = 1; i < 1 + TouchedRuns.SAMPLE; i++) {
      assertThat(runs.onRead((long) i << 20, 4 * KIB)).isNull();
    }
  }

  /** A program that opens the file for each sample. */
  @Test
  void theEndOfAShortUseCounts() {
    TouchedRuns runs = new TouchedRuns(4 * KIB);
    for (int run = 1; run <= 2; run++) {
      for (int i = 0; i < 8; i++) {
        assertThat(runs.onRead(run * 50L * NORMAL + i * 4L * KIB, 4 * KIB)).isNull();
      }
    }
    assertThat(runs.take().wanted(NORMAL)).isEqualTo(32 * KIB);
    assertThat(runs.take().reads()).as("nothing more was read").isZero();
  }

  /** Its readahead is that of the others, although the file is known to be mapped by now. */
  @Test
  void aHandleThatWasOpenedBeforeTheFileWasKnownToBeMappedIsNoStream() {
    TouchedRuns runs = new TouchedRuns(4 * KIB);
    TouchedRuns.Sample seen = null;
    for (int i = 1; seen == null; i++) {
      seen = runs.onRead(i * 50L * NORMAL, NORMAL);
    }
    assertThat(seen.around()).isEqualTo(NORMAL);
    assertThat(seen.wanted(NORMAL)).isEqualTo(NORMAL / 2);
  }
}
