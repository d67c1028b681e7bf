// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory that the native threads of {@link Session}s hold back from the collector, of several
 * sessions together. Thread-safe.
 */
final class KeptAnswers {
  /** What all workers of this process share: it is the one heap that they fill. */
  static final KeptAnswers OF_THIS_PROCESS = new KeptAnswers(Runtime.getRuntime().maxMemory() / 4);

  /** One of several sessions gives way where it has at least this share of what all may. */
  private static final int LEAST_SHARE = 16;

  private final long limit;
  private final AtomicLong bytes = new AtomicLong();

  /**
   * Nothing is kept yet.
   *
   * @param limit bytes of all sessions together; half of it for one alone
   */
  KeptAnswers(long limit) {
    this.limit = limit;
  }

  void add(long more) {
    bytes.addAndGet(more);
  }

  /** Whether a session that keeps so much of it is to end. */
  boolean isTooMuch(long ofOne) {
    return ofOne >= limit / 2 || (bytes.get() >= limit && ofOne >= limit / LEAST_SHARE);
  }
}
