// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.rdma;

import static java.util.Objects.requireNonNull;

import io.railfs.fabric.FabricException;
import io.railfs.fabric.verbs.VerbsQueue;
import java.util.function.Function;

/** A peer asks for a connection. Exactly one of {@link #accept} and {@link #reject} is called. */
public final class RdmaRequest {
  private final RdmaPort port;
  private final VerbsQueue queue;
  private final byte[] data;

  RdmaRequest(RdmaPort port, VerbsQueue queue, byte[] data) {
    this.port = requireNonNull(port, "port is null");
    this.queue = requireNonNull(queue, "queue is null");
    this.data = requireNonNull(data, "data is null");
  }

  /** What it has sent along, and zeros behind that. */
  public byte[] data() {
    return data;
  }

  /**
   * Takes it.
   *
   * @param answer for the peer
   * @param handlers makes what takes its messages, before the peer hears of it
   * @throws FabricException where it cannot be had; the handler hears nothing then
   */
  public RdmaConnection accept(byte[] answer, Function<RdmaConnection, RdmaHandler> handlers)
      throws FabricException {
    return port.accept(queue, answer, handlers);
  }

  /** Refuses it. */
  public void reject() {
    queue.reject();
  }
}
