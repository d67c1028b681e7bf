// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.bulk;

/** What to do with the blocks of a tree. */
public enum BulkAction {
  /** Each block into the store of its owner, and of further workers where replicas are wanted. */
  LOAD,
  /** As LOAD, and never evicted from then on. */
  LOAD_AND_PIN,
  UNPIN,
  FREE,
  CHECK;

  boolean isLoad() {
    return this == LOAD || this == LOAD_AND_PIN;
  }
}
