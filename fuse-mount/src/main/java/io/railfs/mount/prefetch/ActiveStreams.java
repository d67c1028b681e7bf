// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The sequential streams of a mount that are fetched ahead of. They share what may be ahead of all
 * of them: one reader needs a window that covers the way to the worker, many cover it together, and
 * each of them wastes its window where it stops in the middle of a file. Thread-safe.
 */
final class ActiveStreams {
  /** Windows of the largest size that all streams have together. */
  private static final int WINDOWS = 2;

  private final AtomicInteger count = new AtomicInteger();

  void joined() {
    count.incrementAndGet();
  }

  void left() {
    count.decrementAndGet();
  }

  /**
   * The largest window that one of them may have now, in bytes.
   *
   * @param initialWindow which each may have
   * @param maxWindow which none may exceed
   */
  int window(int initialWindow, int maxWindow) {
    long share = (long) WINDOWS * maxWindow / Math.max(1, count.get());
    return (int) Math.max(initialWindow, Math.min(maxWindow, share));
  }
}
