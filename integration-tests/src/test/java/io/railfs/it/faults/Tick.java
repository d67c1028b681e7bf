// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * What the verifier says a few times a second.
 *
 * @param nanos when, of the monotonic clock
 * @param operations that ended so far
 * @param worstNanos the longest that ended since the last tick
 * @param readers when the last right operation of each reader began
 * @param areas when the last right operation in each area began
 */
record Tick(long nanos, long operations, long worstNanos, LongRow readers, LongRow areas) {

  /** Numbers. */
  record LongRow(String text) {
    long least() {
      return stream().min().orElseThrow();
    }

    private LongStream stream() {
      return Arrays.stream(text.split(",", -1)).mapToLong(Long::parseLong);
    }
  }

  static Tick of(String[] words) {
    return new Tick(
        Long.parseLong(words[1]),
        Long.parseLong(words[2]),
        Long.parseLong(words[3]),
        new LongRow(words[4]),
        new LongRow(words[5]));
  }

  /** Whether every reader has got right bytes, and from every area, since then. */
  boolean isGoodSince(long start) {
    return readers.least() > start && areas.least() > start;
  }
}
