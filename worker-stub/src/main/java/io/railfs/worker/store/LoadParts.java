// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import io.railfs.protocol.Chunks;
import java.util.BitSet;

/**
 * In which parts a block is loaded: first what somebody waits for, then the rest in parts that
 * grow, so that a fast UFS is asked two or three times and a slow one gives something to send every
 * half second. Pure arithmetic; not thread-safe.
 */
final class LoadParts {
  /** Smallest part behind the first, 256 KiB: below it, what a request costs prevails. */
  private static final int LEAST = (256 << 10) / Chunks.SIZE;

  /** A part is not larger than what comes within this time at the rate of the last one. */
  private static final double LONGEST_SECONDS = 0.5;

  /** What comes within this time is one part: nobody gains by less. */
  private static final double SHORTEST_SECONDS = 0.02;

  private static final int GROWTH = 8;

  private final int chunks;
  private final BitSet loaded;
  private int size;

  /** Chunks [from, to). */
  record Part(int from, int to) {
    int chunks() {
      return to - from;
    }
  }

  /**
   * @param chunks of the block
   */
  LoadParts(int chunks) {
    this.chunks = chunks;
    this.loaded = new BitSet(chunks);
  }

  boolean isDone() {
    return loaded.cardinality() == chunks;
  }

  /**
   * The part to load next, which is not empty.
   *
   * @param wanted what somebody waits for; null where nobody waits
   */
  Part next(BlockRange wanted) {
    int from = wanted == null ? chunks : loaded.nextClearBit(wanted.firstChunk());
    if (from >= chunks) {
      from = loaded.nextClearBit(0);
    }
    int behind = loaded.nextSetBit(from);
    int end = behind < 0 ? chunks : behind;
    int asked = wanted == null ? 0 : wanted.endChunk() - from;
    int to = size == 0 && asked > 0 ? from + asked : from + Math.max(size, LEAST);
    // What little would be left comes along.
    return new Part(from, to + LEAST / 2 >= end ? end : to);
  }

  /** A part was loaded. */
  void loaded(Part part, long nanos) {
    loaded.set(part.from(), part.to());
    double rate = part.chunks() / Math.max(1e-9, nanos / 1e9);
    double grown = Math.max(part.chunks() * (double) GROWTH, rate * SHORTEST_SECONDS);
    size = (int) Math.min(chunks, Math.min(grown, Math.max(LEAST, rate * LONGEST_SECONDS)));
  }
}
