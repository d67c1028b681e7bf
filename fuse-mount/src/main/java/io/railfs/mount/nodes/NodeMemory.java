// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.nodes;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory off the heap for a node table, in segments, up to a limit. Counted, so that the table
 * stays within its share of the mount's memory; never given back to the system. Guarded by the
 * table's lock.
 */
final class NodeMemory {
  private final long limit;
  private long used;

  /**
   * @param limit bytes of all segments together
   */
  NodeMemory(long limit) {
    this.limit = limit;
  }

  long limit() {
    return limit;
  }

  /** A segment of zeros, or null where the limit does not allow it. */
  ByteBuffer segment(int bytes) {
    if (used + bytes > limit) {
      return null;
    }
    used += bytes;
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }
}
