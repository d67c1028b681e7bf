// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.listings;

import io.railfs.worker.ufs.UfsException;

/** A listing on its way to one asker, part by part. Used by one thread at a time. */
public interface Parts {
  /** Whether {@link #next} never blocks. */
  boolean isAtHand();

  /**
   * The next part, the first time the first one.
   *
   * @param later run, by any thread, when more can be had where there is nothing now
   * @return null where there is nothing now
   * @throws UfsException where the listing failed
   */
  Part next(Runnable later) throws UfsException;

  /** Lets go of the listing; may be called more than once, and by another thread. */
  void close();
}
