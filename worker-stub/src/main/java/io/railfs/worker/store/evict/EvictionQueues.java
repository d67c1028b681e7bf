// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.evict;

import io.railfs.worker.store.evict.QueuedBlock.Place;

/**
 * Decides which block of a directory leaves next. Like S3-FIFO (Yang et al., 2023) it has a small
 * queue for what is new and a main one where blocks that were visited get another turn; like
 * W-TinyLFU (Einziger et al., 2017) it compares what leaves the small queue with what would leave
 * the main one.
 *
 * <pre>
 *   new --> small (a tenth) --visited more often than main's next--> main (the rest) --+
 *                |                                                     ^   |           | visited
 *                v else                                                +---|-----------+
 *             evicted                                                      v not, and less than
 *                                                                       evicted     small's next
 * </pre>
 *
 * So a pass over data that is read once goes through the small queue and leaves the main one alone;
 * and epochs over more data than fits keep a part of it for good, where queues by recency would
 * throw out each block shortly before its next use. What was not visited while {@link #TURNOVERS}
 * times the store was loaded makes way for blocks that come back, however often it was visited
 * before.
 *
 * <p>One pass over a block is many requests: a stream reads it a megabyte at a time, a record
 * reader in hundreds of pieces. Only visits count that are a good part of the store's turnover
 * apart: time is counted in ticks of a {@link #TICKS}th of it, and what comes within two ticks of a
 * counted visit belongs to that one.
 *
 * <p>Pinned blocks are in neither queue. Thread-safe; {@link #visited} takes no lock.
 *
 * @param <B> the blocks
 */
public final class EvictionQueues<B extends QueuedBlock<B>> {
  /** Share of the small queue: one in so many bytes. */
  private static final int SMALL = 10;

  /** Ticks in which as many blocks come as there are. */
  private static final int TICKS = 64;

  private static final int TURNOVERS = 3;
  private static final byte MAX_TURNS = 3;

  private final BlockQueue<B> small = new BlockQueue<>(Place.SMALL);
  private final BlockQueue<B> main = new BlockQueue<>(Place.MAIN);
  private final BlockQueue<B> pinned = new BlockQueue<>(Place.PINNED);
  private final VisitSketch sketch = new VisitSketch();
  private int sinceTick;
  private volatile int tick;

  /** Takes a block that was loaded. */
  public synchronized void add(B block) {
    passTime();
    sketch.reserve(small.count() + main.count());
    sketch.add(block.hash());
    start(block, small);
  }

  /** Takes a block that an earlier worker left. */
  public synchronized void adopt(B block, boolean isPinned) {
    start(block, isPinned ? pinned : main);
  }

  private void start(B block, BlockQueue<B> queue) {
    block.lastVisit = tick;
    block.turns = 0;
    queue.add(block);
  }

  private synchronized void passTime() {
    if (++sinceTick > (small.count() + main.count()) / TICKS) {
      sinceTick = 0;
      tick++;
      sketch.age();
    }
  }

  /** Takes note that a block is read. */
  public void visited(B block) {
    int now = tick;
    if (now - block.lastVisit >= 2) {
      block.lastVisit = now;
      sketch.add(block.hash());
      if (block.turns < MAX_TURNS) {
        block.turns++;
      }
    }
  }

  /** Takes out the block that is worth least; null where every block is pinned, or none is here. */
  public synchronized B evict() {
    while (small.bytes() >= smallShare() || main.count() == 0) {
      boolean room = main.bytes() < small.bytes() + main.bytes() - smallShare();
      B candidate = small.poll();
      if (candidate == null) {
        return null;
      }
      B victim = room ? null : nextOfMain();
      if (victim != null && !isBetter(candidate, victim)) {
        return candidate;
      }
      candidate.turns = 0;
      main.add(candidate);
      if (victim != null) {
        main.remove(victim);
        return victim;
      }
    }
    return take(nextOfMain());
  }

  private long smallShare() {
    return (small.bytes() + main.bytes()) / SMALL;
  }

  private B take(B block) {
    main.remove(block);
    return block;
  }

  /** The first block of the main queue after those that get another turn. */
  private B nextOfMain() {
    B block = main.peek();
    while (block.turns > 0) {
      main.remove(block);
      block.turns--;
      main.add(block);
      block = main.peek();
    }
    return block;
  }

  /** Whether a block that comes from the small queue is worth more than the main queue's next. */
  private boolean isBetter(B candidate, B victim) {
    int count = sketch.count(candidate.hash());
    boolean outOfUse = tick - victim.lastVisit > TURNOVERS * TICKS;
    return count > sketch.count(victim.hash()) || (outOfUse && count > 1);
  }

  /** Takes a block out; false where it was gone already. */
  public synchronized boolean remove(B block) {
    BlockQueue<B> queue = queueOf(block);
    if (queue == null) {
      return false;
    }
    queue.remove(block);
    return true;
  }

  /**
   * Keeps a block from eviction; one that is pinned stays so.
   *
   * @param limitBytes what all pinned blocks may take
   */
  public synchronized Pinning pin(B block, long limitBytes) {
    BlockQueue<B> queue = queueOf(block);
    if (queue == null) {
      return Pinning.ABSENT;
    }
    if (queue != pinned) {
      if (pinned.bytes() + block.fileBytes() > limitBytes) {
        return Pinning.NO_SPACE;
      }
      queue.remove(block);
      pinned.add(block);
    }
    return Pinning.PINNED;
  }

  /** Opens a block to eviction again; false where it was not pinned. */
  public synchronized boolean unpin(B block) {
    if (queueOf(block) != pinned) {
      return false;
    }
    pinned.remove(block);
    start(block, main);
    return true;
  }

  /** Some pinned block, or null. */
  public synchronized B anyPinned() {
    return pinned.peek();
  }

  /** Some block whose file may be read as a test, or null. */
  public synchronized B any() {
    B block = main.peek();
    block = block == null ? small.peek() : block;
    return block == null ? pinned.peek() : block;
  }

  public synchronized long pinnedBytes() {
    return pinned.bytes();
  }

  public synchronized int pinnedBlocks() {
    return pinned.count();
  }

  private BlockQueue<B> queueOf(B block) {
    return switch (block.place) {
      case NOWHERE -> null;
      case SMALL -> small;
      case MAIN -> main;
      case PINNED -> pinned;
    };
  }
}
