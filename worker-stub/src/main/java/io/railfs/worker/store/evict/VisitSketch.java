// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.evict;

import java.util.Arrays;

/**
 * How often blocks were visited of late, those that have left the store too: a count-min sketch
 * (Cormode and Muthukrishnan, 2005) of four-bit counters, about sixteen bytes for a block, which
 * are halved from time to time so that the past fades (Einziger et al., TinyLFU, 2015).
 *
 * <p>Changes are to be made by one thread at a time, but for {@link #add}: two at once may lose a
 * count, for nothing hangs on one.
 */
final class VisitSketch {
  private static final int ROWS = 4;
  private static final int MAX = 15;
  private static final int FIRST_WORDS = 256;

  /** Visits for each word after which the counters are halved. */
  private static final int SAMPLE = 4;

  /** Each bit of a counter but its lowest, shifted down. */
  private static final long HALVES = 0x7777777777777777L;

  private static final long[] SEEDS = {
    0x9E3779B97F4A7C15L, 0xC2B2AE3D27D4EB4FL, 0x165667B19E3779F9L, 0xD6E8FEB86659FD93L
  };

  private long[] words = new long[FIRST_WORDS];
  private int visits;

  /** Makes room for so many blocks; what was known is forgotten when it grows. */
  void reserve(int blocks) {
    if (blocks > words.length) {
      words = new long[Integer.highestOneBit(Math.min(blocks, 1 << 26)) * 4];
      visits = 0;
    }
  }

  /** Counts a visit: only the smallest of its counters, as the others count other blocks too. */
  void add(long block) {
    long[] table = words;
    int count = count(table, block);
    for (int row = 0; row < ROWS && count < MAX; row++) {
      long hash = hash(block, row);
      int word = word(table, hash);
      if (counter(table[word], hash) == count) {
        table[word] += 1L << shift(hash);
      }
    }
    visits = visits + 1;
  }

  /** Lets the past fade where it is time. */
  void age() {
    if (visits > words.length * (long) SAMPLE) {
      Arrays.setAll(words, i -> (words[i] >>> 1) & HALVES);
      visits /= 2;
    }
  }

  /** At least how often it was visited; more where blocks share all their counters. */
  int count(long block) {
    return count(words, block);
  }

  private static int count(long[] table, long block) {
    int least = MAX;
    for (int row = 0; row < ROWS; row++) {
      long hash = hash(block, row);
      least = Math.min(least, counter(table[word(table, hash)], hash));
    }
    return least;
  }

  private static int word(long[] table, long hash) {
    return (int) (hash >>> 32) & (table.length - 1);
  }

  private static int shift(long hash) {
    return ((int) hash & 15) << 2;
  }

  private static int counter(long word, long hash) {
    return (int) (word >>> shift(hash)) & MAX;
  }

  private static long hash(long block, int row) {
    long mixed = block * SEEDS[row];
    mixed ^= mixed >>> 32;
    return mixed * 0xBF58476D1CE4E5B9L;
  }
}
