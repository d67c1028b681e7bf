// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import io.railfs.protocol.RailPath;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Since when a listing of each directory would have to be to be believed: what somebody has learnt
 * of a name must not be taken back by a listing that a worker remembers from before. Bounded, so
 * that some directories are doubted which nothing was learnt of; they are only asked for again.
 * Thread-safe.
 */
final class InvalidationTimes {
  private static final int SLOTS = 4096;
  private static final int MAX_TREES = 64;

  /** For directories by their hash, nanoseconds since {@link #origin}; 0 where there is none. */
  private final AtomicLongArray slots = new AtomicLongArray(SLOTS);

  /** Long before, for workers remember listings that are older than this process. */
  private final long origin = System.nanoTime() - TimeUnit.DAYS.toNanos(2);

  /** Latest last. Replaced as a whole. */
  private volatile List<Tree> trees = List.of();

  /** For all directories; 0 for none. Written under the lock. */
  private volatile long everywhere;

  private record Tree(RailPath top, long at) {}

  private static int slot(RailPath path) {
    int hash = path.hashCode();
    return (hash ^ hash >>> 16) & SLOTS - 1;
  }

  /** Something was learnt of a name in this directory, now. */
  void add(RailPath directory) {
    add(directory, System.nanoTime());
  }

  /** Something was learnt at this {@link System#nanoTime}. */
  void add(RailPath directory, long nanos) {
    slots.accumulateAndGet(slot(directory), nanos - origin, Math::max);
  }

  /** Whatever is below this path is doubted, and itself. */
  synchronized void addTree(RailPath top) {
    List<Tree> all = new ArrayList<>(trees);
    all.removeIf(tree -> tree.top().isWithin(top));
    while (all.size() >= MAX_TREES) {
      everywhere = Math.max(everywhere, all.remove(0).at());
    }
    all.add(new Tree(top, System.nanoTime() - origin));
    trees = List.copyOf(all);
  }

  /** How many nanoseconds ago this directory was doubted last, or -1 for never. */
  long sinceNanos(RailPath directory) {
    // Before 'everywhere', which is written first: a tree that has left this list counts there.
    List<Tree> known = trees;
    long at = Math.max(everywhere, slots.get(slot(directory)));
    for (Tree tree : known) {
      at = directory.isWithin(tree.top()) ? Math.max(at, tree.at()) : at;
    }
    return at <= 0 ? -1 : Math.max(0, System.nanoTime() - origin - at);
  }
}
