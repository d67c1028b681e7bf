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

  /** The part of what a stream has read that it may be ahead while there are others. */
  private static final int SHARE_OF_READ = 8;

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
   * @param read bytes that it has read so far
   */
  int window(int initialWindow, int maxWindow, long read) {
    int streams = Math.max(1, count.get());
    long share = (long) WINDOWS * maxWindow / streams;
    if (streams > 1) {
      // Where it ends in the middle of a file, it has wasted no more of what it read than that.
      share = Math.min(share, read / SHARE_OF_READ);
    }
    return (int) Math.max(initialWindow, Math.min(maxWindow, share));
  }
}
