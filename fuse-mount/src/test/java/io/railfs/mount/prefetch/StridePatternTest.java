// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.protocol.Seed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class StridePatternTest {
  private static final int KIB = 1 << 10;
  private static final int MIB = 1 << 20;
  private static final long FILE = 1L << 30;

  private final List<Long> given = new ArrayList<>();
  private final TreeMap<Long, Long> ranges = new TreeMap<>();
  private final ReadPattern pattern =
      new ReadPattern(
          FILE,
          MIB,
          16 * MIB,
          (start, end) -> given.add(end - start),
          new ActiveStreams(),
          ReadPattern.PROOF);
  private long fetched;
  private int foreseen;

  /** Reads as the kernel does: in whole pages of its own. */
  private void read(long offset, int length) {
    long start = offset / 4096 * 4096;
    long end = (offset + length + 4095) / 4096 * 4096;
    boolean ready = ranges.floorEntry(start) != null && ranges.floorEntry(start).getValue() >= end;
    foreseen += ready ? 1 : 0;
    Plan plan = pattern.onRead(start, (int) (end - start), !ready);
    if (plan != null) {
      for (int i = 0; i < plan.count(); i++) {
        long at = Math.max(0, plan.start() + i * plan.stride());
        long to = Math.min(FILE, plan.start() + i * plan.stride() + plan.length());
        ranges.merge(at, to, Math::max);
        fetched += Math.max(0, to - at);
      }
    }
  }

  @Test
  void recordsAtAConstantDistanceAreForeseen() {
    int records = 500;
    for (int i = 0; i < records; i++) {
      read(MIB + i * 1_048_576L, 64 * KIB);
    }
    assertThat(foreseen).isGreaterThan(records - 10);
    assertThat(fetched).isLessThan(records * 64L * KIB * 11 / 10 + 16 * 64 * KIB);
  }

  /** The kernel reads more than was asked for at the start of a file. */
  @Test
  void oneLongRecordDoesNotMakeTheNextOnesLong() {
    read(0, 128 * KIB);
    int records = 500;
    for (int i = 1; i < records; i++) {
      read(i * 524_288L, 64 * KIB);
    }
    assertThat(foreseen).isGreaterThan(records - 10);
    assertThat(fetched).isLessThan(records * 64L * KIB * 11 / 10 + MIB);
  }

  @Test
  void recordsThatDoNotLieOnTheKernelsPagesAreForeseen() {
    int records = 500;
    for (int i = 0; i < records; i++) {
      read(7777 + i * 100_001L, 30_000);
    }
    assertThat(foreseen).isGreaterThan(records - 25);
    assertThat(fetched).isLessThan(records * 48_000L);
  }

  @Test
  void aBackwardReaderIsForeseen() {
    int reads = 1000;
    for (int i = 1; i <= reads; i++) {
      read(FILE - i * 64L * KIB, 64 * KIB);
    }
    assertThat(foreseen).isGreaterThan(reads - 10);
    assertThat(fetched).isLessThan(reads * 64L * KIB * 115 / 100);
  }

  @Test
  void aBackwardReaderStopsAtTheFirstByte() {
    for (long at = 20L * MIB; at >= 0; at -= MIB) {
      read(at, 256 * KIB);
    }
    assertThat(ranges.firstKey()).isNotNegative();
  }

  @Test
  void recordsOfSeveralReadsInAnyOrderAreForeseen() {
    long seed = Seed.take();
    Random random = new Random(seed);
    int records = 300;
    for (int i = 0; i < records; i++) {
      List<Integer> parts = new ArrayList<>(List.of(0, 1, 2, 3));
      Collections.shuffle(parts, random);
      for (int part : parts) {
        read(i * 4L * MIB + part * 128L * KIB, 128 * KIB);
      }
    }
    long read = records * 512L * KIB;
    assertThat(fetched).as("seed %d", seed).isBetween(read / 2, read * 13 / 10);
  }

  @Test
  void dozensOfStepsWhoseGapsAreSmallAreAStrideAndNotAStream() {
    int records = 2000;
    for (int i = 0; i < records; i++) {
      read(i * 192L * KIB, 128 * KIB);
    }
    assertThat(fetched).isLessThan(records * 128L * KIB * 11 / 10);
    assertThat(foreseen).isGreaterThan(records * 9 / 10);
  }

  @Test
  void randomReadsAreNoStride() {
    long seed = Seed.take();
    Random random = new Random(seed);
    int reads = 20_000;
    for (int i = 0; i < reads; i++) {
      read(4 * KIB + random.nextInt(16_000) * 4L * KIB, 4 * KIB);
    }
    assertThat(fetched).as("seed %d", seed).isLessThan(reads * 4L * KIB / 20);
  }

  @Test
  void whoStopsHasWastedAnEighthAtMost() {
    int records = 400;
    for (int i = 0; i < records; i++) {
      read(MIB + i * 10L * MIB % (900L * MIB), 64 * KIB);
      if (i % 80 == 79) {
        pattern.forgetAll();
      }
    }
    long wasted = given.stream().mapToLong(Long::longValue).sum();
    assertThat(wasted).isLessThan(records * 64L * KIB / 8);
  }

  @Test
  void wantOfRoomMakesTheWindowSmaller() {
    Plan plan = null;
    long at = MIB;
    for (; plan == null || plan.count() < 4; at += MIB) {
      plan = pattern.onRead(at, 64 * KIB, true);
    }
    plan.source().fellShort(plan, 0);
    Plan next = null;
    for (; next == null; at += MIB) {
      next = pattern.onRead(at, 64 * KIB, false);
    }
    assertThat(next.count()).isLessThanOrEqualTo(plan.count());
    assertThat(next.start()).isGreaterThanOrEqualTo(at);
  }
}
