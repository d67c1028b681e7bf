// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import io.netty.util.internal.PlatformDependent;
import io.railfs.protocol.ByteBudget;

/**
 * What all connections together may take of the worker's memory, as shares of what the process has.
 * Whatever exceeds them is answered with BUSY, so that no peer, and no number of them, takes the
 * memory that the others are served with. Thread-safe.
 *
 * @param frames requests that have not come whole, outside the heap
 * @param requests requests that wait for their answer, in the heap
 * @param replies answers that were not taken yet, outside the heap
 * @param listings listings that are open, each of which may hold a descriptor; a number
 */
record Budgets(ByteBudget frames, ByteBudget requests, ByteBudget replies, ByteBudget listings) {
  private static final int FRAMES_SHARE = 16;
  private static final int REQUESTS_SHARE = 8;
  private static final int REPLIES_SHARE = 4;
  private static final int LISTINGS = 512;

  /** Those of this process. */
  static Budgets ofProcess() {
    long direct = PlatformDependent.estimateMaxDirectMemory();
    long heap = Runtime.getRuntime().maxMemory();
    return new Budgets(
        new ByteBudget(direct / FRAMES_SHARE),
        new ByteBudget(heap / REQUESTS_SHARE),
        new ByteBudget(direct / REPLIES_SHARE),
        new ByteBudget(LISTINGS));
  }

  /** Whether clients that take their replies slowly keep others from being answered soon. */
  boolean isShort() {
    return isShort(replies) || isShort(listings);
  }

  private static boolean isShort(ByteBudget budget) {
    return budget.used() > budget.limit() / 4 * 3;
  }
}
