// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import io.netty.buffer.ByteBuf;

/**
 * Where the bytes of a fetch go. All methods are called by one thread at a time, an event loop:
 * they must not block. After {@link #completed} or {@link #failed}, exactly one of which is called
 * exactly once, nothing is called any more.
 */
public interface FetchSink {
  /**
   * Memory of the sink's own into which bytes may be received without a copy; bytes that arrive
   * there are not given to {@link #write}. They count as little as written ones until they are
   * verified.
   *
   * @param position bytes from the start of the fetch
   * @param limit bytes at most
   * @return an empty buffer over memory for at most {@code limit} bytes from {@code position} on,
   *     to be filled and released before the fetch ends; null where there is none
   */
  default ByteBuf place(int position, int limit) {
    return null;
  }

  /**
   * Takes bytes that are not verified yet. After a failed attempt the same positions are written
   * again; positions that were reported {@link #verified} are not.
   *
   * @param position bytes from the start of the fetch
   * @param bytes the source, whose readable bytes are all meant; only valid during the call, its
   *     indices are not changed
   */
  void write(int position, ByteBuf bytes);

  /**
   * Reports that a chunk is complete and its CRC32C is right.
   *
   * @param position bytes from the start of the fetch, a chunk boundary
   * @param length bytes of the chunk, short only at the end of the file
   */
  void verified(int position, int length);

  /** Every chunk was verified. */
  void completed();

  /** The fetch failed for good; chunks reported verified remain good. */
  void failed(ClusterException cause);
}
