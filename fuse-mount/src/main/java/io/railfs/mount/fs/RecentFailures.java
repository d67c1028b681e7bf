// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import io.railfs.client.ClusterException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * What failed a moment ago. The kernel repeats a LOOKUP that was to confirm a name it knows, and a
 * failed readahead as a read of the one page that a program waits for; without this, the program
 * would wait for two deadlines, or nearly: a worker that gets nothing from its UFS says so right
 * before the deadline. Thread-safe; of two keys that share a slot the later one is remembered.
 *
 * @param <K> what is asked for
 */
final class RecentFailures<K> {
  private static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /**
   * After a deadline: who asks again after a moment, late on a busy machine, would wait for another
   * one.
   */
  private static final long LONG_MOMENT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final int SLOTS = 1024;

  private final AtomicReferenceArray<Failed> slots = new AtomicReferenceArray<>(SLOTS);

  /** When nothing is remembered any more. */
  private volatile long untilNanos = System.nanoTime();

  private record Failed(Object key, ClusterException failure, long untilNanos) {}

  void failed(K key, ClusterException failure) {
    long until = System.nanoTime() + moment(failure);
    slots.set(slot(key), new Failed(key, failure, until));
    if (until - untilNanos > 0) {
      untilNanos = until;
    }
  }

  /** Whether anything has failed a moment ago. */
  boolean isAny() {
    return untilNanos - System.nanoTime() > 0;
  }

  /** Why the same has just failed, or null. */
  ClusterException find(K key) {
    Failed failed = slots.get(slot(key));
    return failed != null && failed.key().equals(key) && failed.untilNanos() - System.nanoTime() > 0
        ? failed.failure()
        : null;
  }

  private static long moment(ClusterException failure) {
    return failure.failure() == ClusterException.Failure.DEADLINE
        ? LONG_MOMENT_NANOS
        : MOMENT_NANOS;
  }

  private static int slot(Object key) {
    return Math.floorMod(key.hashCode(), SLOTS);
  }
}
