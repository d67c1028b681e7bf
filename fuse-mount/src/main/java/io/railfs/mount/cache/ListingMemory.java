// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;

/** The bytes that all listings together may take. Thread-safe. */
final class ListingMemory {
  private final long limit;
  private final LongPredicate reclaim;
  private final AtomicLong used = new AtomicLong();

  /**
   * @param reclaim makes room for so many bytes, or some, by {@link #give}; false where it cannot
   */
  ListingMemory(long limit, LongPredicate reclaim) {
    this.limit = limit;
    this.reclaim = reclaim;
  }

  long limit() {
    return limit;
  }

  long used() {
    return used.get();
  }

  /** Whether the caller may use so many more bytes. */
  boolean take(long bytes) {
    while (true) {
      long before = used.get();
      if (before + bytes <= limit) {
        if (used.compareAndSet(before, before + bytes)) {
          return true;
        }
      } else if (!reclaim.test(before + bytes - limit)) {
        return false;
      }
    }
  }

  void give(long bytes) {
    used.addAndGet(-bytes);
  }
}
