// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Which requests are in work, so that one that is never answered is found. Each session thread
 * marks its own beginnings and ends, without a lock and without a look at the clock; one other
 * thread looks at the marks now and then.
 */
final class RequestsInProgress {
  /** Longs between two marks: two cache lines, so that threads do not slow each other. */
  private static final int STRIDE = 16;

  /** One a thread: odd while a request is in work, and another number for each request. */
  private final AtomicLongArray marks;

  private final long[] seen;
  private final long[] ages;

  RequestsInProgress(int threads) {
    marks = new AtomicLongArray(threads * STRIDE);
    seen = new long[threads];
    ages = new long[threads];
  }

  /** A request of this thread begins, or has ended. */
  void turn(int thread) {
    int index = thread * STRIDE;
    marks.setOpaque(index, marks.getPlain(index) + 1);
  }

  /**
   * Looks at all marks; of one thread only.
   *
   * @param elapsedNanos since the look before
   * @param limitNanos how long a request may be in work
   * @return the thread whose request has been in work for longer, or -1
   */
  int look(long elapsedNanos, long limitNanos) {
    int late = -1;
    for (int thread = 0; thread < seen.length; thread++) {
      long mark = marks.getOpaque(thread * STRIDE);
      boolean same = mark == seen[thread] && (mark & 1) == 1;
      ages[thread] = same ? ages[thread] + elapsedNanos : 0;
      seen[thread] = mark;
      if (ages[thread] > limitNanos) {
        late = thread;
      }
    }
    return late;
  }
}
