// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The blocks that workers on this host have lent, up to a number; all of them leave at their time,
 * the oldest before it where there are too many. Thread-safe; finding one takes no lock.
 */
final class LentBlocks {
  private final int most;
  private final ConcurrentHashMap<WorkerBlock, LentBlock> blocks = new ConcurrentHashMap<>();

  /** The oldest first, those that left the map already among them. Guarded by this. */
  private final Deque<LentBlock> byAge = new ArrayDeque<>();

  private boolean closed;

  /**
   * @param most blocks kept
   */
  LentBlocks(int most) {
    this.most = most;
  }

  /** The block, with a reference of its file for the caller; null where it is not there. */
  LentBlock find(WorkerBlock key) {
    LentBlock block = blocks.get(key);
    return block != null && System.nanoTime() - block.endNanos() < 0 && block.file().tryRetain()
        ? block
        : null;
  }

  /** Keeps a block with a reference of its own. */
  void keep(LentBlock block) {
    List<LentBlock> gone = new ArrayList<>();
    synchronized (this) {
      if (closed || !block.file().tryRetain()) {
        return;
      }
      LentBlock before = blocks.put(block.key(), block);
      if (before != null) {
        gone.add(before);
      }
      byAge.add(block);
      while (byAge.size() > most) {
        leave(byAge.remove(), gone);
      }
    }
    release(gone);
  }

  /** Forgets a block that is of no use. */
  void drop(LentBlock block) {
    if (blocks.remove(block.key(), block)) {
      block.file().release();
    }
  }

  /** Lets those go whose time is over. */
  void expire(long now) {
    List<LentBlock> gone = new ArrayList<>();
    synchronized (this) {
      while (!byAge.isEmpty() && now - byAge.peek().endNanos() >= 0) {
        leave(byAge.remove(), gone);
      }
    }
    release(gone);
  }

  /** Lets those of a worker go, which is lost for good. */
  void dropAll(Object worker) {
    blocks.values().stream().filter(block -> block.key().worker() == worker).forEach(this::drop);
  }

  /** Lets all go, and keeps none from now on. */
  void close() {
    List<LentBlock> gone = new ArrayList<>();
    synchronized (this) {
      closed = true;
      byAge.forEach(block -> leave(block, gone));
      byAge.clear();
    }
    release(gone);
  }

  int count() {
    return blocks.size();
  }

  private void leave(LentBlock block, List<LentBlock> gone) {
    if (blocks.remove(block.key(), block)) {
      gone.add(block);
    }
  }

  private static void release(List<LentBlock> gone) {
    gone.forEach(block -> block.file().release());
  }
}
