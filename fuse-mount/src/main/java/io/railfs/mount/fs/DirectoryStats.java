// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Counts, for the directories of late, the names that were asked for one by one, and says where a
 * listing is cheaper. A store is asked for a thousand names of a listing at a time, so a listing
 * pays while it has no more than that for each name that was asked for. Thread-safe; an estimate:
 * directories that share a slot displace each other.
 */
final class DirectoryStats {
  /** Below it a job may want no more than these names. */
  private static final int MIN_REQUESTS = 16;

  private static final int ENTRIES_PER_REQUEST = 1000;

  /** A listing that turned out too long is tried again after so many times the requests. */
  private static final int GROWTH = 4;

  private static final int SLOTS = 1024;

  private final long windowNanos;
  private final AtomicReferenceArray<Counter> counters = new AtomicReferenceArray<>(SLOTS);

  /**
   * @param windowNanos how long requests count, which is how long a listing is believed
   */
  DirectoryStats(long windowNanos) {
    this.windowNanos = windowNanos;
  }

  /**
   * Counts a request for a name in a directory.
   *
   * @return entries up to which a listing of it pays now; 0 where it is not to be listed
   */
  long count(long directory) {
    int slot = (int) (directory & SLOTS - 1);
    long now = System.nanoTime();
    Counter counter = counters.get(slot);
    if (counter == null
        || counter.directory != directory
        || now - counter.sinceNanos >= windowNanos) {
      counter = new Counter(directory, now);
      counters.set(slot, counter);
    }
    return counter.count();
  }

  /** A listing of the directory was begun because of its requests. */
  void begun(long directory) {
    Counter counter = counters.get((int) (directory & SLOTS - 1));
    if (counter != null && counter.directory == directory) {
      counter.begun();
    }
  }

  /** The requests of one directory. */
  private static final class Counter {
    private final long directory;
    private final long sinceNanos;
    private int requests;
    private int next = MIN_REQUESTS;

    Counter(long directory, long sinceNanos) {
      this.directory = directory;
      this.sinceNanos = sinceNanos;
    }

    synchronized long count() {
      requests++;
      return requests < next ? 0 : (long) requests * ENTRIES_PER_REQUEST;
    }

    synchronized void begun() {
      next = requests * GROWTH;
    }
  }
}
