// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that many connections share, so that all of them together stay within a limit. Whoever took
 * some gives them back. Thread-safe.
 */
public final class ByteBudget {
  private final long limit;
  private final AtomicLong used = new AtomicLong();

  /**
   * @param limit bytes, at least 0
   */
  public ByteBudget(long limit) {
    this.limit = limit;
  }

  /** Takes so many; false, and none, where there are not so many left. */
  public boolean take(long bytes) {
    while (true) {
      long before = used.get();
      if (bytes > limit - before) {
        return false;
      }
      if (used.compareAndSet(before, before + bytes)) {
        return true;
      }
    }
  }

  public void give(long bytes) {
    used.addAndGet(-bytes);
  }

  public long used() {
    return used.get();
  }

  public long limit() {
    return limit;
  }
}
