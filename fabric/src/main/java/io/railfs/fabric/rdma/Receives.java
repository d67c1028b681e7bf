// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.rdma;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * How many messages may still come: one side asks for something only when it has reserved as many
 * receives as the answer takes, so that no peer ever waits for one. Thread-safe.
 */
public final class Receives {
  private final int limit;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private int free;

  Receives(int limit) {
    this.limit = limit;
    this.free = limit;
  }

  /** Most that can be reserved at a time. */
  public int limit() {
    return limit;
  }

  /** How many are not reserved. */
  public synchronized int free() {
    return free;
  }

  /**
   * Reserves receives.
   *
   * @param otherwise run once by whoever releases some, where there are too few now
   * @return whether they are the caller's
   */
  public synchronized boolean reserve(int count, Runnable otherwise) {
    if (count > limit) {
      throw new IllegalArgumentException(
          count + " receives are more than the " + limit + " of all");
    }
    if (free >= count) {
      free -= count;
      return true;
    }
    waiting.add(otherwise);
    return false;
  }

  /** Gives reserved ones back. */
  public void release(int count) {
    Queue<Runnable> woken;
    synchronized (this) {
      free += count;
      if (free > limit) {
        throw new IllegalStateException("receives were released that nobody had reserved");
      }
      if (waiting.isEmpty()) {
        return;
      }
      // All: how many each of them needs is its own matter.
      woken = new ArrayDeque<>(waiting);
      waiting.clear();
    }
    woken.forEach(Runnable::run);
  }
}
