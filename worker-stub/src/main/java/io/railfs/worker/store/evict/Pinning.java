// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.evict;

/** What became of the wish to pin a block. */
public enum Pinning {
  PINNED,
  /** The store does not hold the block. */
  ABSENT,
  /** Pinned blocks take as much as they may. */
  NO_SPACE
}
