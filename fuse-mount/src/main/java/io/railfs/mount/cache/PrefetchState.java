// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import io.railfs.protocol.Chunks;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Which chunks of a page were fetched ahead and not read yet, and whether the page is protected as
 * one that nobody has read (see {@link PageCache}). Thread-safe; each chunk is counted once as
 * fetched and at most once as read or wasted.
 */
final class PrefetchState {
  private static final int PROTECTED = 1 << Pages.CHUNKS;

  private final AtomicInteger state;
  private final int length;
  private final Counters counters;

  PrefetchState(boolean isProtected, int length, Counters counters) {
    this.state = new AtomicInteger(isProtected ? PROTECTED : 0);
    this.length = length;
    this.counters = counters;
  }

  boolean isProtected() {
    return (state.get() & PROTECTED) != 0;
  }

  void fetched(int chunks) {
    counters.fetched(bytes(chunks));
    state.getAndUpdate(old -> old | chunks);
  }

  /** These chunks were read; returns whether that has ended the protection. */
  boolean read(int chunks) {
    // A plain look first: nearly every read finds nothing to do here.
    if (state.get() == 0) {
      return false;
    }
    int before = take(chunks | PROTECTED);
    int count = before & chunks;
    if (count != 0) {
      counters.read(bytes(count));
    }
    return (before & PROTECTED) != 0;
  }

  /** These chunks never came, or will not be read; the protection stays. */
  void lost(int chunks) {
    waste(take(chunks));
  }

  /** Gives up all that was not read; returns whether that has ended the protection. */
  boolean giveUp() {
    if (state.get() == 0) {
      return false;
    }
    int before = take(-1);
    waste(before & ~PROTECTED);
    return (before & PROTECTED) != 0;
  }

  private void waste(int chunks) {
    if (chunks != 0) {
      counters.wasted(bytes(chunks));
    }
  }

  /** Clears these bits; returns those that were set. */
  private int take(int bits) {
    int old = state.get();
    while ((old & bits) != 0 && !state.compareAndSet(old, old & ~bits)) {
      old = state.get();
    }
    return old & bits;
  }

  private int bytes(int chunks) {
    int last = 1 << (Chunks.count(length) - 1);
    int beyondEnd = (chunks & last) != 0 ? Chunks.count(length) * Chunks.SIZE - length : 0;
    return Integer.bitCount(chunks) * Chunks.SIZE - beyondEnd;
  }

  /** Counts the bytes fetched ahead and what becomes of them. Thread-safe. */
  static final class Counters {
    private final LongAdder fetched = new LongAdder();
    private final LongAdder read = new LongAdder();
    private final LongAdder wasted = new LongAdder();

    void fetched(int bytes) {
      fetched.add(bytes);
    }

    void read(int bytes) {
      read.add(bytes);
    }

    void wasted(int bytes) {
      wasted.add(bytes);
    }

    PrefetchStats snapshot() {
      return new PrefetchStats(fetched.sum(), read.sum(), wasted.sum());
    }
  }
}
