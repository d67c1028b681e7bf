// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

/** Where pages come from. Thread-safe. */
public interface PageSource {
  /** Bytes of a block, a power of two; a fetch stays inside one. */
  int blockSize();

  /**
   * Starts a fetch and returns at once. The sink is notified of its end, at the latest when the
   * deadline of the request has passed; the sink may be called before this method returns.
   */
  void fetch(FetchRequest request, FetchSink sink);

  /**
   * Whether a fetch that nobody waits for yet (a prefetch) may start now: false while the bytes in
   * flight are at their limit, so that such fetches never stand in the way of one that a reader
   * waits for.
   */
  boolean hasRoomForPrefetch();
}
