// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import java.nio.ByteBuffer;

/**
 * Off-heap memory for pages, in slots of {@link Pages#SIZE} bytes. It grows by segments up to its
 * capacity, because allocating it whole would zero (and so occupy) gigabytes at the start; it never
 * shrinks.
 *
 * <p>Thread-safe. The lock is held for a few instructions, once for each page that enters or leaves
 * the cache.
 */
final class Slab {
  private static final int SEGMENT_SLOTS = 128;

  private final int capacity;
  private final int slotBytes;
  private final ByteBuffer[] slots;
  private final int[] free;
  private int freeCount;
  private int allocated;

  /**
   * @param capacity slots at most
   */
  Slab(int capacity) {
    this(capacity, Pages.SIZE);
  }

  /**
   * @param slotBytes bytes of a slot
   */
  Slab(int capacity, int slotBytes) {
    this.capacity = capacity;
    this.slotBytes = slotBytes;
    this.slots = new ByteBuffer[capacity];
    this.free = new int[capacity];
  }

  int capacity() {
    return capacity;
  }

  /** Slots in use. */
  synchronized int used() {
    return allocated - freeCount;
  }

  /** A slot, or -1 where all are in use. Its content is undefined. */
  synchronized int tryTake() {
    if (freeCount == 0 && !grow()) {
      return -1;
    }
    return free[--freeCount];
  }

  /**
   * A slot, for which the caller waits.
   *
   * @return -1 where none came free before the deadline, a {@link System#nanoTime}
   */
  synchronized int take(long deadlineNanos) throws InterruptedException {
    while (true) {
      int slot = tryTake();
      if (slot >= 0) {
        return slot;
      }
      long millis = (deadlineNanos - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        return -1;
      }
      wait(millis);
    }
  }

  /** Gives a slot back; it must not be touched afterwards. */
  synchronized void give(int slot) {
    free[freeCount++] = slot;
    notify();
  }

  /**
   * The memory of a slot: position 0, limit {@link Pages#SIZE}; use absolute methods only, it is
   * shared.
   */
  ByteBuffer buffer(int slot) {
    return slots[slot];
  }

  private boolean grow() {
    int count = Math.min(SEGMENT_SLOTS, capacity - allocated);
    if (count == 0) {
      return false;
    }
    ByteBuffer segment = ByteBuffer.allocateDirect(count * slotBytes);
    for (int i = count - 1; i >= 0; i--) {
      slots[allocated + i] = segment.slice(i * slotBytes, slotBytes);
      free[freeCount++] = allocated + i;
    }
    allocated += count;
    return true;
  }
}
