// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

/** What became of a block that was to be freed. */
public enum Freed {
  FREED,
  ABSENT,
  /** It is pinned and stays. */
  PINNED
}
