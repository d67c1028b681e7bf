// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import io.railfs.client.TransportKind;

/**
 * How the bytes of blocks come from one worker over one rail. Requests about anything else, and the
 * word of what is asked for, go over the {@link Connection} in any case; what decides about
 * workers, retries and hedges knows nothing of it (docs/adr/0023).
 *
 * <p>An implementation owns what it takes to bring bytes (sockets, descriptors, queue pairs); the
 * connection owns the calls, so that each read, whatever brings its bytes, has the same deadline,
 * is reported as slow in the same way, and fails when the connection does.
 */
interface BlockTransport {
  TransportKind kind();

  /**
   * Begins a read; by any thread. Its methods are called by one thread at a time, this one perhaps,
   * and its end exactly once.
   */
  void fetch(BlockRead read);

  /** Bytes of blocks that came over it and not over the connection; by any thread. */
  long bytes();

  /** The connection has ended, and with it the reads under way. On the connection's event loop. */
  void close();
}
