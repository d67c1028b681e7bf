// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.rdma;

/**
 * Takes what happens on a connection. Called by threads of the port, which must not be kept: they
 * serve all its connections.
 */
public interface RdmaHandler {
  /**
   * The connection is there; before anything is received, and never once {@link #closed} was
   * called.
   *
   * @param data that the peer has sent along with its accept; empty where this side has accepted
   */
  void established(byte[] data);

  /** A message came, which the handler releases. In order, by one thread at a time. */
  void received(RdmaMessage message);

  /**
   * The connection has ended, or was not to be had. Called once.
   *
   * @param reason the rest of a sentence
   */
  void closed(String reason);
}
