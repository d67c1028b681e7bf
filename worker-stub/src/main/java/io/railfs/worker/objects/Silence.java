// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * For how long a store has said nothing at all. Once that is longer than a request may take,
 * further ones are reported after their first try, so that whoever waits hears why before it gives
 * up itself. Thread-safe.
 */
final class Silence {
  private static final long NONE = Long.MIN_VALUE;

  private final long longNanos;
  private final AtomicLong since = new AtomicLong(NONE);

  /**
   * @param longMillis from when on it is long
   */
  Silence(long longMillis) {
    this.longNanos = TimeUnit.MILLISECONDS.toNanos(longMillis);
  }

  /** The store has answered, whatever it said. */
  void heard() {
    if (since.get() != NONE) {
      since.set(NONE);
    }
  }

  /** A request had no answer. */
  void unheard() {
    since.compareAndSet(NONE, System.nanoTime());
  }

  boolean isLong() {
    long began = since.get();
    return began != NONE && System.nanoTime() - began > longNanos;
  }
}
