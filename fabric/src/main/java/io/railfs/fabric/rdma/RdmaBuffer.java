// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.rdma;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;

/**
 * Registered memory for a message to be sent. Whoever has taken it either sends it or releases it,
 * once; not thread-safe.
 */
public final class RdmaBuffer {
  private final RdmaConnection connection;
  private final int slot;
  private final ByteBuffer bytes;

  RdmaBuffer(RdmaConnection connection, int slot, ByteBuffer bytes) {
    this.connection = requireNonNull(connection, "connection is null");
    this.slot = slot;
    this.bytes = requireNonNull(bytes, "bytes is null");
  }

  RdmaConnection connection() {
    return connection;
  }

  int slot() {
    return slot;
  }

  /** The memory: position 0, limit at its end, big-endian; what is before the position is sent. */
  public ByteBuffer bytes() {
    return bytes;
  }

  /** Gives it back unsent. */
  public void release() {
    connection.giveBack(this);
  }
}
