// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.rdma;

import io.railfs.fabric.verbs.MemoryRegion;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.IntConsumer;

/** Equal pieces of registered memory, for messages to be sent. Thread-safe. */
final class SendSlots {
  /** What a taker gets once the port has failed. */
  static final int NONE = -1;

  private final MemoryRegion region;
  private final int bytes;
  private final int count;
  private final Queue<Integer> free = new ArrayDeque<>();
  private final Queue<IntConsumer> takers = new ArrayDeque<>();
  private boolean closed;

  SendSlots(MemoryRegion region, int count, int bytes) {
    this.region = region;
    this.count = count;
    this.bytes = bytes;
    for (int i = 0; i < count; i++) {
      free.add(i);
    }
  }

  MemoryRegion region() {
    return region;
  }

  int count() {
    return count;
  }

  synchronized int used() {
    return count - free.size();
  }

  int offset(int slot) {
    return slot * bytes;
  }

  ByteBuffer memory(int slot) {
    return region.memory().slice(offset(slot), bytes);
  }

  /** Gives the taker a slot, now or when one comes free, or {@link #NONE} when none will. */
  void take(IntConsumer taker) {
    int slot;
    synchronized (this) {
      Integer first = closed ? Integer.valueOf(NONE) : free.poll();
      if (first == null) {
        takers.add(taker);
        return;
      }
      slot = first;
    }
    taker.accept(slot);
  }

  void give(int slot) {
    IntConsumer next;
    synchronized (this) {
      next = takers.poll();
      if (next == null) {
        free.add(slot);
        return;
      }
    }
    next.accept(slot);
  }

  void close() {
    Queue<IntConsumer> left;
    synchronized (this) {
      closed = true;
      left = new ArrayDeque<>(takers);
      takers.clear();
    }
    left.forEach(taker -> taker.accept(NONE));
  }
}
