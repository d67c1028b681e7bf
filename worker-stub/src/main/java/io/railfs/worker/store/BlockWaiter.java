// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import io.railfs.worker.ufs.UfsException;

/** Waits for a block. Exactly one method is called, once, by any thread; it must not block. */
public interface BlockWaiter {
  /** The block is there; a reference now belongs to the waiter. */
  void ready(Block block);

  void failed(UfsException cause);

  /** Whether a block counts only when the store has taken it, or no directory does. */
  default boolean isForStore() {
    return false;
  }
}
