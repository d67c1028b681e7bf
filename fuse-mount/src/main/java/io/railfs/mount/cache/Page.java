// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import io.railfs.protocol.Chunks;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One page of content, filled chunk by chunk. Thread-safe.
 *
 * <p>Each chunk is in one of three states:
 *
 * <pre>
 *            claim                 markValid
 *   missing --------> pending ------------------> valid (for good)
 *      ^                 |
 *      +-----------------+  giveUp: the fetch ended without it
 * </pre>
 *
 * <p>The thread that claims a chunk must fetch it, so there is one fetch in flight for a chunk
 * however many readers wait (single flight). The memory is in use while there are references: the
 * cache's map holds one, each reader and each fetch another; the last one to release gives the slot
 * back to the slab.
 */
public final class Page {
  /** Wants to know when chunks are settled: valid, or neither valid nor pending. */
  public interface Waiter {
    /** By the thread that settled them, at most once. Must not throw. */
    void settled();
  }

  private record Waiting(int chunks, Waiter waiter) {}

  private final PageCache.Key key;
  private final int length;
  private final ByteBuffer memory;
  private final Slab slab;
  private final int slot;
  private final AtomicInteger references = new AtomicInteger(1);

  private final PrefetchState ahead;

  /** Written under the monitor, read without it: a set bit never goes away. */
  private volatile int valid;

  private int pending;
  private int waiters;

  /** Null where there are none. */
  private List<Waiting> waiting;

  private Exception lastFailure;

  private final long madeNanos = System.nanoTime();

  Page(PageCache.Key key, int length, Slab slab, int slot, PrefetchState ahead) {
    this.key = key;
    this.length = length;
    this.slab = slab;
    this.slot = slot;
    this.memory = slab.buffer(slot);
    this.ahead = ahead;
  }

  PageCache.Key key() {
    return key;
  }

  /** Number of the page in its file. */
  public long index() {
    return key.index();
  }

  /** Bytes of the file in this page; short for the last page of a file. */
  public int length() {
    return length;
  }

  /** Whether all these chunks can be read now. */
  public boolean hasValid(int chunks) {
    return (valid & chunks) == chunks;
  }

  /**
   * Takes on the duty to fetch those of {@code wanted} that are missing.
   *
   * @return the chunks that the caller, and nobody else, must now fetch; 0 where there are none
   */
  public int claim(int wanted) {
    if (hasValid(wanted)) {
      return 0;
    }
    synchronized (this) {
      int claimed = wanted & ~valid & ~pending;
      pending |= claimed;
      return claimed;
    }
  }

  /** As {@link #claim}, for chunks that nobody waits for yet. */
  public int claimAhead(int wanted) {
    int claimed = claim(wanted);
    if (claimed != 0) {
      ahead.fetched(claimed);
    }
    return claimed;
  }

  /** Ends the fetch of claimed chunks without their content; readers that wait for them wake up. */
  public void giveUp(int chunks, Exception cause) {
    List<Waiting> settled;
    synchronized (this) {
      pending &= ~chunks;
      lastFailure = cause;
      ahead.lost(chunks);
      settled = wake();
    }
    wake(settled);
  }

  /** The content of claimed chunks is there, and right. */
  public void markValid(int chunks) {
    List<Waiting> settled;
    synchronized (this) {
      pending &= ~chunks;
      valid |= chunks;
      settled = wake();
    }
    wake(settled);
  }

  /** Wakes the threads that wait; returns the others whose chunks are settled, null for none. */
  private List<Waiting> wake() {
    if (waiters > 0) {
      notifyAll();
    }
    if (waiting == null) {
      return null;
    }
    List<Waiting> settled = waiting.stream().filter(one -> isSettled(one.chunks())).toList();
    waiting.removeAll(settled);
    if (waiting.isEmpty()) {
      waiting = null;
    }
    return settled;
  }

  private static void wake(List<Waiting> settled) {
    if (settled != null) {
      settled.forEach(one -> one.waiter().settled());
    }
  }

  private boolean isSettled(int chunks) {
    return hasValid(chunks) || (chunks & ~valid & ~pending) != 0;
  }

  /**
   * Calls the waiter once these chunks are settled; it then asks {@link #hasValid}.
   *
   * @return false where they are already; the waiter is not called then
   */
  public synchronized boolean whenSettled(int chunks, Waiter waiter) {
    if (isSettled(chunks)) {
      return false;
    }
    if (waiting == null) {
      waiting = new ArrayList<>(1);
    }
    waiting.add(new Waiting(chunks, waiter));
    return true;
  }

  /**
   * Waits until all these chunks are valid, or one of them is neither valid nor pending because its
   * fetch failed, or the deadline, a {@link System#nanoTime}, has passed.
   *
   * @return whether all are valid
   */
  public boolean await(int chunks, long deadlineNanos) throws InterruptedException {
    if (hasValid(chunks)) {
      return true;
    }
    synchronized (this) {
      waiters++;
      try {
        while (!isSettled(chunks)) {
          long millis = (deadlineNanos - System.nanoTime()) / 1_000_000;
          if (millis <= 0) {
            return false;
          }
          wait(millis);
        }
        return hasValid(chunks);
      } finally {
        waiters--;
      }
    }
  }

  /** Why the last fetch of this page that failed did so, or null. */
  public synchronized Exception lastFailure() {
    return lastFailure;
  }

  /** Hands bytes that are valid to a reader. */
  public void putTo(PageTarget target, int targetPosition, int start, int count) {
    target.put(targetPosition, memory, start, count);
  }

  /** The memory of {@code count} bytes; only the fetch that claimed them may fill it. */
  public ByteBuffer memory(int start, int count) {
    return memory.slice(start, count);
  }

  /**
   * Takes {@code count} bytes of {@code source} from its position on, which stays; only the fetch
   * that claimed them may.
   */
  public void write(int start, ByteBuffer source, int count) {
    memory.put(start, source, source.position(), count);
  }

  /** All chunks of this page. */
  public int allChunks() {
    return (1 << Chunks.count(length)) - 1;
  }

  /** What was fetched ahead of it. */
  PrefetchState ahead() {
    return ahead;
  }

  long ageNanos() {
    return System.nanoTime() - madeNanos;
  }

  /** Adds a reference, unless the last one is gone already. */
  boolean tryRetain() {
    while (true) {
      int count = references.get();
      if (count == 0) {
        return false;
      }
      if (references.compareAndSet(count, count + 1)) {
        return true;
      }
    }
  }

  /** Adds a reference for somebody else; the caller holds one itself. */
  public Page retain() {
    if (!tryRetain()) {
      throw new IllegalStateException("page was retained after its last release");
    }
    return this;
  }

  /** Gives a reference back. The page must not be touched afterwards by its holder. */
  public void release() {
    int left = references.decrementAndGet();
    if (left == 0) {
      slab.give(slot);
    } else if (left < 0) {
      throw new IllegalStateException("page was released more often than retained");
    }
  }
}
