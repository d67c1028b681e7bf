// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Numbers for open things, as the kernel carries them, up to a limit. Thread-safe; no method takes
 * a lock, but for the first use of a number that lies in a new segment. The kernel never uses a
 * handle after it has released it.
 *
 * <p>Free numbers form a stack whose head carries a count of its changes, so that a compare-and-set
 * cannot take one head for another (Treiber 1986, with IBM's tag against ABA).
 */
final class Handles<T> {
  private static final int SEGMENT_BITS = 10;
  private static final int SEGMENT = 1 << SEGMENT_BITS;
  private static final int NONE = 0xffff_ffff;

  private final int limit;
  private final AtomicReferenceArray<AtomicReferenceArray<T>> segments;
  private final AtomicReferenceArray<AtomicIntegerArray> nextFree;

  /** Changes << 32 | number of the first free one. */
  private final AtomicLong free = new AtomicLong(NONE & 0xffff_ffffL);

  /** Numbers that were ever used. */
  private final AtomicLong used = new AtomicLong();

  private final AtomicLong open = new AtomicLong();

  /**
   * @param limit handles at most
   */
  Handles(int limit) {
    this.limit = limit;
    int count = (limit + SEGMENT - 1) >>> SEGMENT_BITS;
    this.segments = new AtomicReferenceArray<>(count);
    this.nextFree = new AtomicReferenceArray<>(count);
  }

  /** Opens one; -1 where there are as many as there may be. */
  long add(T value) {
    int slot = take();
    if (slot < 0) {
      return -1;
    }
    segments.get(slot >>> SEGMENT_BITS).set(slot & SEGMENT - 1, value);
    open.incrementAndGet();
    return slot;
  }

  /** Opens one of a given number; for a table that is new, in ascending order of the numbers. */
  synchronized void put(long handle, T value) {
    if (handle < 0 || handle >= limit) {
      throw new IllegalArgumentException("handle " + handle + " is beyond the limit of " + limit);
    }
    for (long slot = used.get(); slot <= handle; slot++) {
      ensureSegment((int) slot);
      if (slot < handle) {
        give((int) slot);
      }
    }
    used.set(Math.max(used.get(), handle + 1));
    segments.get((int) handle >>> SEGMENT_BITS).set((int) handle & SEGMENT - 1, value);
    open.incrementAndGet();
  }

  private int take() {
    long head = free.get();
    while ((int) head != NONE) {
      int slot = (int) head;
      int next = nextFree.get(slot >>> SEGMENT_BITS).get(slot & SEGMENT - 1);
      if (free.compareAndSet(head, head(head, next))) {
        return slot;
      }
      head = free.get();
    }
    long fresh = used.get();
    while (fresh < limit) {
      ensureSegment((int) fresh);
      if (used.compareAndSet(fresh, fresh + 1)) {
        return (int) fresh;
      }
      fresh = used.get();
    }
    return -1;
  }

  private static long head(long before, int slot) {
    return ((before >>> 32) + 1) << 32 | (slot & 0xffff_ffffL);
  }

  private void give(int slot) {
    AtomicIntegerArray next = nextFree.get(slot >>> SEGMENT_BITS);
    long head = free.get();
    next.set(slot & SEGMENT - 1, (int) head);
    while (!free.compareAndSet(head, head(head, slot))) {
      head = free.get();
      next.set(slot & SEGMENT - 1, (int) head);
    }
  }

  private void ensureSegment(int slot) {
    int segment = slot >>> SEGMENT_BITS;
    if (segments.get(segment) == null) {
      nextFree.compareAndSet(segment, null, new AtomicIntegerArray(SEGMENT));
      segments.compareAndSet(segment, null, new AtomicReferenceArray<>(SEGMENT));
    }
  }

  /**
   * What the handle stands for.
   *
   * @throws IllegalArgumentException where it is not open
   */
  T find(long handle) {
    T value = null;
    if (handle >= 0 && handle < used.get()) {
      int slot = (int) handle;
      value = segments.get(slot >>> SEGMENT_BITS).get(slot & SEGMENT - 1);
    }
    if (value == null) {
      throw new IllegalArgumentException("handle " + handle + " is not open");
    }
    return value;
  }

  T remove(long handle) {
    T value = find(handle);
    int slot = (int) handle;
    segments.get(slot >>> SEGMENT_BITS).set(slot & SEGMENT - 1, null);
    give(slot);
    open.decrementAndGet();
    return value;
  }

  /** Shows all that are open, each once, to the reader. */
  void forEach(BiConsumer<Long, T> reader) {
    long end = used.get();
    for (long slot = 0; slot < end; slot++) {
      AtomicReferenceArray<T> segment = segments.get((int) slot >>> SEGMENT_BITS);
      T value = segment == null ? null : segment.get((int) slot & SEGMENT - 1);
      if (value != null) {
        reader.accept(slot, value);
      }
    }
  }

  /** What is wanted of one that fits, or null where none does. */
  <R> R find(Predicate<T> isWanted, Function<T, R> of) {
    long end = used.get();
    for (int slot = 0; slot < end; slot++) {
      AtomicReferenceArray<T> segment = segments.get(slot >>> SEGMENT_BITS);
      T value = segment == null ? null : segment.get(slot & SEGMENT - 1);
      if (value != null && isWanted.test(value)) {
        return of.apply(value);
      }
    }
    return null;
  }

  /** How many are open. */
  int size() {
    return (int) open.get();
  }

  /** How many may be open. */
  int limit() {
    return limit;
  }
}
