// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.protocol.Seed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ReadPatternTest {
  private static final int KIB = 1 << 10;
  private static final int MIB = 1 << 20;
  private static final long FILE = 1L << 40;

  private final List<Long> forgotten = new ArrayList<>();
  private final ActiveStreams active = new ActiveStreams();
  private final ReadPattern pattern =
      new ReadPattern(
          FILE,
          MIB,
          16 * MIB,
          (start, end) -> forgotten.add(end - start),
          active,
          ReadPattern.PROOF);
  private long fetched;

  /**
   * Reads, having waited, and fetches what the pattern wants; returns how far that reaches beyond
   * the read, or 0.
   */
  private long read(long offset, int length) {
    return read(offset, length, true);
  }

  private long read(long offset, int length, boolean waited) {
    Plan plan = pattern.onRead(offset, length, waited);
    if (plan == null) {
      return 0;
    }
    fetched += plan.bytes();
    return plan.start() + plan.length() - (offset + length);
  }

  @Test
  void theFirstByteIsTakenForTheBeginOfAStream() {
    assertThat(read(0, 128 * KIB)).isEqualTo(MIB);
  }

  @Test
  void elsewhereAThirdReadInARowBeginsAStream() {
    assertThat(read(512L * MIB, 128 * KIB)).isZero();
    assertThat(read(512L * MIB + 128 * KIB, 128 * KIB)).isZero();
    assertThat(read(512L * MIB + 256 * KIB, 128 * KIB)).isEqualTo(MIB);
  }

  @Test
  void manyStreamsThatEndInTheMiddleWasteATenthOfWhatTheyRead() {
    List<ReadPattern> handles = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      handles.add(
          new ReadPattern(FILE, MIB, 16 * MIB, (start, end) -> {}, active, ReadPattern.PROOF));
    }
    for (int at = 0; at < 16 * MIB; at += 512 * KIB) {
      for (int i = 0; i < handles.size(); i++) {
        Plan plan = handles.get(i).onRead((i + 1) * 16L * MIB + at, 512 * KIB, true);
        fetched += plan == null ? 0 : plan.bytes();
      }
    }
    long read = 32 * 16L * MIB;
    // All but the first reads of each were fetched ahead.
    assertThat(fetched).isBetween(read - 32 * 2L * MIB, read + read / 10);
    handles.forEach(ReadPattern::forgetAll);
    assertThat(active.window(MIB, 16 * MIB, FILE)).as("all have left").isEqualTo(16 * MIB);
  }

  /** As the workers of a loader read the parts of one file. */
  @Test
  void aFewStreamsThatEndInTheMiddleWasteATenthOfWhatTheyRead() {
    long part = 32L * MIB;
    ReadPattern handle =
        new ReadPattern(FILE, MIB, 16 * MIB, (start, end) -> {}, active, ReadPattern.PROOF);
    for (int at = 0; at < part; at += 512 * KIB) {
      for (int i = 0; i < 4; i++) {
        Plan plan = handle.onRead(i * part + at, 512 * KIB, true);
        fetched += plan == null ? 0 : plan.bytes();
      }
    }
    long read = 4 * part;
    assertThat(fetched).isBetween(read - 4 * 2L * MIB, read + read / 10);
  }

  @Test
  void aStreamThatCameToTheEndOfItsFileLeavesItsShareToOthers() {
    for (int i = 0; i < 100; i++) {
      ReadPattern whole =
          new ReadPattern(4 * MIB, MIB, 16 * MIB, (start, end) -> {}, active, ReadPattern.PROOF);
      for (int at = 0; at < 4 * MIB; at += 512 * KIB) {
        whole.onRead(at, 512 * KIB, true);
      }
    }
    assertThat(active.window(MIB, 16 * MIB, FILE)).isEqualTo(16 * MIB);
  }

  /**
   * What a random reader of a mapped file looks like: the kernel reads around each touch, and half
   * a readahead more where the touch falls on the last quarter of what it has.
   */
  @Test
  void randomReadsOfAMappedFileAreHardlyEverFetchedAhead() {
    long seed = Seed.take();
    Random random = new Random(seed);
    long read = 0;
    for (int i = 0; i < 20_000; i++) {
      long at = MIB + random.nextInt(250_000) * 4L * KIB;
      read(at, 512 * KIB);
      read += 512 * KIB;
      if (random.nextInt(4) == 0) {
        read(at + 512 * KIB, 512 * KIB);
        read += 512 * KIB;
      }
    }
    assertThat(fetched).as("seed %d", seed).isLessThan(read / 20);
  }

  @Test
  void theWindowGrowsToItsMaximumAndFetchesLittleMoreThanIsRead() {
    long furthest = 0;
    long end = 0;
    for (; end < 512L * MIB; end += MIB) {
      furthest = Math.max(furthest, read(end, MIB));
    }
    assertThat(furthest).isEqualTo(16 * MIB);
    assertThat(fetched).isBetween(end - 2 * MIB, end + 16 * MIB);
  }

  @Test
  void aStreamWhoseReadsArriveOutOfOrderIsOneStream() {
    long seed = Seed.take();
    Random random = new Random(seed);
    long end = 0;
    for (int round = 0; round < 64; round++) {
      List<Long> offsets = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        offsets.add(end + (long) i * 128 * KIB);
      }
      Collections.shuffle(offsets, random);
      offsets.forEach(offset -> read(offset, 128 * KIB));
      end += 16L * 128 * KIB;
    }
    assertThat(fetched).as("seed %d", seed).isBetween(end - 8 * MIB, end + 20 * MIB);
  }

  @Test
  void randomReadsAreHardlyEverFetchedAhead() {
    long seed = Seed.take();
    Random random = new Random(seed);
    int reads = 20_000;
    for (int i = 0; i < reads; i++) {
      // A small file, where chance puts many reads near each other.
      read(4 * KIB + random.nextInt(16_000) * 4L * KIB, 4 * KIB);
    }
    assertThat(fetched).as("seed %d", seed).isLessThan((long) reads * 4 * KIB / 20);
  }

  @Test
  void severalStreamsOnOneHandleAreKeptApart() {
    for (int i = 0; i < 100; i++) {
      for (int s = 0; s < 6; s++) {
        read(s * 1024L * MIB + (long) i * 128 * KIB, 128 * KIB);
      }
    }
    long perStream = 100L * 128 * KIB;
    assertThat(fetched).isBetween(6 * (perStream - MIB), 6 * (perStream + 16 * MIB));
    assertThat(forgotten).isEmpty();
  }

  @Test
  void aForgottenStreamGivesUpWhatWasFetchedForIt() {
    read(0, 128 * KIB);
    for (int i = 1; i <= ReadPattern.STREAMS; i++) {
      read(i * 1024L * MIB, 4 * KIB);
    }
    assertThat(forgotten).containsExactly((long) MIB);
  }

  @Test
  void closingGivesUpEveryStream() {
    read(0, 128 * KIB);
    read(1024L * MIB, 128 * KIB);
    read(1024L * MIB + 128 * KIB, 128 * KIB);
    read(1024L * MIB + 256 * KIB, 128 * KIB);
    pattern.forgetAll();
    assertThat(forgotten).containsExactlyInAnyOrder((long) MIB, (long) MIB);
  }

  @Test
  void nothingIsFetchedBehindTheEndOfTheFile() {
    ReadPattern small =
        new ReadPattern(300_000, MIB, 16 * MIB, (start, end) -> {}, active, ReadPattern.PROOF);
    Plan plan = small.onRead(0, 128 * KIB, true);
    assertThat(plan.start() + plan.length()).isEqualTo(300_000);
    assertThat(small.onRead(128 * KIB, 128 * KIB, true)).isNull();
  }

  @Test
  void aWindowThatSufficesStaysAsItIs() {
    long furthest = 0;
    for (long end = 0; end < 256L * MIB; end += 128 * KIB) {
      furthest = Math.max(furthest, read(end, 128 * KIB, false));
    }
    assertThat(furthest).isEqualTo(MIB);
    long before = furthest;
    for (long end = 256L * MIB; end < 260L * MIB; end += 128 * KIB) {
      furthest = Math.max(furthest, read(end, 128 * KIB, true));
    }
    assertThat(furthest).isGreaterThan(2 * before);
  }

  @Test
  void theWindowShrinksWhenThereIsNoRoomAndGrowsAgainWhenThereIs() {
    long end = 0;
    for (; end < 64L * MIB; end += MIB) {
      read(end, MIB);
    }
    for (int i = 0; i < 10; end += MIB) {
      Plan plan = pattern.onRead(end, MIB, false);
      if (plan != null) {
        plan.source().fellShort(plan, 0);
        i++;
      }
    }
    Plan small = null;
    for (; small == null; end += MIB) {
      small = pattern.onRead(end, MIB, false);
    }
    assertThat(small.length()).isBetween(1L, 512L * KIB);
    long furthest = 0;
    for (int i = 0; i < 20; i++, end += MIB) {
      furthest = Math.max(furthest, read(end, MIB));
    }
    assertThat(furthest).isEqualTo(16 * MIB);
  }

  @Test
  void aWindowOfZeroTurnsPrefetchOff() {
    ReadPattern off = new ReadPattern(FILE, 0, 0, (start, end) -> {}, active, ReadPattern.PROOF);
    for (long end = 0; end < 64L * MIB; end += MIB) {
      assertThat(off.onRead(end, MIB, true)).isNull();
    }
    for (long at = FILE - MIB; at > FILE - 64L * MIB; at -= MIB) {
      assertThat(off.onRead(at, 64 * KIB, true)).isNull();
    }
  }

  /** The kernel's reads for each run of 1 MiB that is touched in a mapped file. */
  @Test
  void aRunOfTouchesOfAMappedFileIsNoStream() {
    ReadPattern mapped =
        new ReadPattern(FILE, MIB, 16 * MIB, (start, end) -> {}, active, ReadPattern.MAPPED_PROOF);
    int half = MIB / 2;
    SplittableRandom random = new SplittableRandom(7);
    for (int run = 1; run < 40; run++) {
      long first = random.nextLong(1, FILE >> 24) << 24;
      assertThat(mapped.onRead(first - half / 2, half, true)).isNull();
      assertThat(mapped.onRead(first + half / 2, half / 2, true)).isNull();
      assertThat(mapped.onRead(first + half, half, true)).isNull();
      assertThat(mapped.onRead(first + 2L * half, half, false)).isNull();
    }
  }
}
