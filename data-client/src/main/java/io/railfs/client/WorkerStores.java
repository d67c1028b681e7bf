// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.BlockSet;
import io.railfs.protocol.messages.CheckReply;
import io.railfs.protocol.messages.FreeReply;
import io.railfs.protocol.messages.LoadReply;
import io.railfs.protocol.messages.PinReply;
import io.railfs.protocol.messages.UnpinReply;
import java.time.Duration;
import java.util.List;

/**
 * What the stores of the workers hold. Unlike a read, a request goes to the worker that is meant
 * and to no other; it is sent again while that one is busy or away for a moment, until the timeout.
 * Thread-safe; methods with a timeout block their caller.
 */
public interface WorkerStores {
  /** Blocks in one request at most. */
  int MAX_BLOCKS = 4_096;

  /**
   * The workers known until now; a position in this list names a worker in the other methods, and
   * goes on to do so when workers come and go.
   */
  List<String> workers();

  /** Bytes of a block. */
  int blockSize();

  /**
   * The workers that reads of a block ask first, its owner and those that follow, as many as are
   * wanted or there.
   */
  int[] owners(RailPath path, FileVersion version, long block, int count);

  /** Has blocks loaded. */
  LoadReply load(int worker, BlockSet blocks, boolean pin, Duration timeout)
      throws ClusterException;

  /** Has blocks dropped. */
  FreeReply free(int worker, BlockSet blocks, Duration timeout) throws ClusterException;

  /** Which blocks are there. */
  CheckReply check(int worker, BlockSet blocks, Duration timeout) throws ClusterException;

  /** Keeps blocks that are there from eviction. */
  PinReply pin(int worker, BlockSet blocks, Duration timeout) throws ClusterException;

  /** Opens blocks to eviction again. */
  UnpinReply unpin(int worker, BlockSet blocks, Duration timeout) throws ClusterException;

  /** Opens every block of a worker to eviction again. */
  UnpinReply unpinAll(int worker, Duration timeout) throws ClusterException;

  /**
   * Whether a worker has had no connection for a while: a block for it is not worth a wait where
   * another can have it.
   */
  boolean isGone(int worker);

  /** Bytes of a worker's store; 0 where it does not report them. */
  long capacity(int worker);
}
