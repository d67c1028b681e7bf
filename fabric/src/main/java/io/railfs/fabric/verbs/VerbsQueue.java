// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import io.railfs.fabric.FabricException;

/** One connection: a queue pair with its place in rdma_cm. Thread-safe. */
public interface VerbsQueue {
  /** Number of the queue pair, as completions name it; 0 while there is none. */
  int number();

  /** Makes the queue pair of a connection that was requested, so that its number is known. */
  void prepare() throws FabricException;

  /**
   * Takes a connection that was requested and prepared; an event says when it is there.
   *
   * @param data for the peer, at most {@link VerbsPort#MAX_ACCEPT_DATA} bytes
   */
  void accept(byte[] data) throws FabricException;

  /** Refuses a connection that was requested, and destroys it. */
  void reject();

  /**
   * Sends bytes as one message. Its completion comes in any case, and the memory must stay as it is
   * until then.
   *
   * @param id for the completion
   * @throws FabricException where it is not sent; no completion comes then
   */
  void send(long id, MemoryRegion region, int offset, int length) throws FabricException;

  /**
   * Ends the connection: whatever is under way is completed as flushed, unless it was done before.
   * May be called several times.
   */
  void fail();

  /** Gives it back. Only after {@link #fail}, when the completions of all its sends were polled. */
  void destroy();
}
