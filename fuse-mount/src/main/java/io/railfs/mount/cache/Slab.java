// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import java.nio.ByteBuffer;
import java.util.concurrent.ThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Off-heap memory for pages, in slots of {@link Pages#SIZE} bytes. It grows by segments up to its
 * capacity, because allocating it whole would zero (and so occupy) gigabytes at the start; it never
 * shrinks. A thread of its own, which lives for one segment, grows it before the last slot is
 * taken: to find and clear a segment's memory took the kernel of a virtual machine 40 ms.
 *
 * <p>Thread-safe. The lock is held for a few instructions, once for each page that enters or leaves
 * the cache; only who takes a slot before anything has grown clears a segment under it.
 */
final class Slab {
  private static final Logger log = LoggerFactory.getLogger(Slab.class);

  /** Of a segment, 16 MiB. With fewer free ones it grows. */
  private static final int SEGMENT_SLOTS = 128;

  private final int capacity;
  private final int slotBytes;
  private final ByteBuffer[] slots;
  private final int[] free;
  private int freeCount;
  private final ThreadFactory threads;
  private int allocated;
  private boolean isGrowing;

  /** How many slots there were when no thread could be started to add more; -1 for never. */
  private int notStartedAt = -1;

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
    this(capacity, slotBytes, Slab::thread);
  }

  /**
   * @param threads make the thread that grows it
   */
  Slab(int capacity, int slotBytes, ThreadFactory threads) {
    this.capacity = capacity;
    this.slotBytes = slotBytes;
    this.threads = threads;
    this.slots = new ByteBuffer[capacity];
    this.free = new int[capacity];
  }

  private static Thread thread(Runnable grow) {
    Thread growing = new Thread(grow, "railfs-slab");
    growing.setDaemon(true);
    return growing;
  }

  /** Slots in use. */
  synchronized int used() {
    return allocated - freeCount;
  }

  /** Slots that can be taken at once. */
  synchronized int free() {
    return freeCount;
  }

  /**
   * A slot, or -1 where all are in use. Its content is undefined. Waits for nobody but the thread
   * that grows the slab.
   */
  synchronized int tryTake() {
    awaitGrowth();
    if (freeCount == 0) {
      int count = nextSegment();
      if (count == 0) {
        return -1;
      }
      add(ByteBuffer.allocateDirect(count * slotBytes));
    }
    // First, so that whatever it throws leaves the slot where it is.
    growInTime();
    return free[--freeCount];
  }

  /** The thread that grows ends by itself, soon. */
  private void awaitGrowth() {
    boolean isInterrupted = false;
    while (freeCount == 0 && isGrowing) {
      try {
        wait();
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Starts to grow where few slots are free, and does not wait for them. Where no thread can be
   * started, the next {@link #tryTake} that finds no free slot grows it.
   */
  synchronized void growInTime() {
    int count = nextSegment();
    // One of the free ones is about to be taken by the caller.
    boolean isWanted = freeCount <= SEGMENT_SLOTS && count > 0 && !isGrowing;
    if (isWanted && allocated != notStartedAt) {
      try {
        threads.newThread(() -> grow(count)).start();
        isGrowing = true;
      } catch (OutOfMemoryError e) {
        // Once for each segment, or each page would try and log it.
        notStartedAt = allocated;
        log.warn(
            "no thread could be started to grow the page cache ({}); a reader that finds no free page grows it",
            e.getMessage());
      }
    }
  }

  private int nextSegment() {
    return Math.min(SEGMENT_SLOTS, capacity - allocated);
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

  private void grow(int count) {
    try {
      addNow(ByteBuffer.allocateDirect(count * slotBytes));
    } catch (OutOfMemoryError e) {
      // The reader that needs the memory tries again, and gets the error.
      log.warn("there is no memory for the page cache to grow", e);
    } finally {
      grown();
    }
  }

  private synchronized void addNow(ByteBuffer segment) {
    add(segment);
  }

  private synchronized void grown() {
    isGrowing = false;
    notifyAll();
  }

  private void add(ByteBuffer segment) {
    int count = segment.capacity() / slotBytes;
    for (int i = 0; i < count; i++) {
      slots[allocated + i] = segment.slice(i * slotBytes, slotBytes);
    }
    // All or none: where the heap had no room for a slice, none of these is free.
    for (int i = count - 1; i >= 0; i--) {
      free[freeCount++] = allocated + i;
    }
    allocated += count;
  }
}
