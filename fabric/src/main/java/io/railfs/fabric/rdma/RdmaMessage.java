// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.rdma;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/** A message in the memory that it was received in, until it is released. Thread-safe. */
public final class RdmaMessage {
  private final RdmaPort port;
  private final int slot;
  private final ByteBuffer bytes;
  private final AtomicBoolean released = new AtomicBoolean();

  RdmaMessage(RdmaPort port, int slot, ByteBuffer bytes) {
    this.port = requireNonNull(port, "port is null");
    this.slot = slot;
    this.bytes = requireNonNull(bytes, "bytes is null");
  }

  /** The message: from position 0 to its limit, big-endian. Not to be used after the release. */
  public ByteBuffer bytes() {
    return bytes;
  }

  /** Gives the memory back. */
  public void release() {
    if (!released.compareAndSet(false, true)) {
      throw new IllegalStateException("a message was released twice");
    }
    port.repost(slot);
  }
}
