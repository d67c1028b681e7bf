// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Pages of file content, bounded by bytes. Thread-safe; a hit allocates nothing and takes no lock.
 *
 * <p>Caffeine decides what stays, the slab holds the bytes, references decide when a slot is free.
 * The slab is divided in three:
 *
 * <pre>
 *   | read pages: weight 1 in Caffeine | prefetched, not read yet: weight 0 | held by readers though evicted |
 *   |          the rest                |     a quarter, at most 1 GiB       |      as many as can be read at once |
 * </pre>
 *
 * <p>Prefetched pages weigh nothing until they are read, because Caffeine's policy would throw them
 * out first: it has never seen anybody ask for them. What bounds them is their own part; without
 * room in it there is no prefetch.
 */
public final class PageCache {
  /** A prefetched page that nobody has read for this long is not going to be read. */
  private static final long STALE_NANOS = TimeUnit.SECONDS.toNanos(20);

  /** Pages that 64 streams have ahead of them with the largest window, 1 GiB: more is of no use. */
  private static final int MAX_UNREAD = 8192;

  private final Slab slab;
  private final Cache<Key, Page> pages;
  private final int unreadLimit;
  private final AtomicInteger unreadPages = new AtomicInteger();

  /** Prefetched pages, oldest first, read ones among them until they come to the head. */
  private final ConcurrentLinkedQueue<Page> prefetched = new ConcurrentLinkedQueue<>();

  private final ThreadLocal<Key> probe = ThreadLocal.withInitial(Key::new);
  private final PrefetchState.Counters counters = new PrefetchState.Counters();

  /**
   * @param capacityBytes bytes of the slab
   * @param heldPages how many pages all readers together can hold at one time
   */
  public PageCache(long capacityBytes, int heldPages) {
    int capacity = Math.toIntExact(capacityBytes / Pages.SIZE);
    this.unreadLimit = Math.min(capacity / 4, MAX_UNREAD);
    int weighed = capacity - unreadLimit - heldPages;
    if (weighed <= 0) {
      throw new IllegalArgumentException(
          "a page cache of "
              + capacity
              + " pages has no room beside "
              + heldPages
              + " that readers hold");
    }
    this.slab = new Slab(capacity);
    slab.growInTime();
    this.pages =
        Caffeine.newBuilder()
            .maximumWeight(weighed)
            .weigher((Key key, Page page) -> page.ahead().isProtected() ? 0 : 1)
            // In the calling thread: a page must leave before its slot is needed, not some time
            // later.
            .executor(Runnable::run)
            .removalListener((key, page, cause) -> removed(page))
            .build();
  }

  /**
   * The page, retained for the caller, or null where it is not in the cache.
   *
   * @param file the content that is meant
   * @param index number of the page in the file
   */
  public Page find(FileKey file, long index) {
    Page page = pages.getIfPresent(probe.get().set(file, index));
    return page != null && page.tryRetain() ? page : null;
  }

  /**
   * The page, retained for the caller, made where it is not in the cache.
   *
   * @param length bytes of the file in this page
   * @param deadlineNanos until when to wait for room
   * @return null where there was no room before the deadline
   */
  public Page acquire(FileKey file, long index, int length, long deadlineNanos)
      throws InterruptedException {
    Page page = find(file, index);
    if (page != null) {
      return page;
    }
    int slot = slab.tryTake();
    if (slot < 0) {
      pages.cleanUp();
      slot = slab.take(deadlineNanos);
    }
    return slot < 0 ? null : insert(newPage(file, index, length, slot, false));
  }

  /**
   * As {@link #acquire}, for a page that nobody waits for yet: never waits.
   *
   * @return null where there is no room for more prefetched pages
   */
  public Page acquireForPrefetch(FileKey file, long index, int length) {
    Page page = find(file, index);
    if (page != null) {
      return page;
    }
    trimPrefetched();
    if (unreadPages.get() >= unreadLimit) {
      return null;
    }
    int slot = slab.tryTake();
    if (slot < 0) {
      return null;
    }
    Page fresh = newPage(file, index, length, slot, true);
    unreadPages.incrementAndGet();
    Page inserted = insert(fresh);
    if (inserted == fresh) {
      prefetched.add(fresh);
    }
    return inserted;
  }

  private Page newPage(FileKey file, long index, int length, int slot, boolean isProtected) {
    PrefetchState ahead = new PrefetchState(isProtected, length, counters);
    return new Page(new Key().set(file, index), length, slab, slot, ahead);
  }

  /**
   * Takes from the head of the queue what was read meanwhile and what has waited too long for a
   * reader.
   */
  private void trimPrefetched() {
    Page head = prefetched.peek();
    while (head != null && (!head.ahead().isProtected() || head.ageNanos() > STALE_NANOS)) {
      // What of a page that was read in part is still unread may be read any moment: no waste yet.
      if (prefetched.remove(head) && head.ahead().isProtected()) {
        abandon(head);
      }
      head = prefetched.peek();
    }
  }

  /** Puts a new page in, or finds the one that another thread has put in meanwhile. */
  private Page insert(Page fresh) {
    // For the caller; the first reference is the map's.
    fresh.tryRetain();
    while (true) {
      Page other = pages.asMap().putIfAbsent(fresh.key(), fresh);
      if (other == null) {
        return fresh;
      }
      if (other.tryRetain()) {
        forgetUnread(fresh);
        fresh.release();
        fresh.release();
        return other;
      }
      // The other one is on its way out: its removal is under way in another thread.
      pages.asMap().remove(other.key(), other);
    }
  }

  /** A reader has used these chunks of the page: from now on they count as read. */
  public void touched(Page page, int chunks) {
    if (page.ahead().read(chunks)) {
      unreadPages.decrementAndGet();
      updateWeight(page);
    }
  }

  /** Nobody is expected to read this prefetched page any more. */
  public void abandon(FileKey file, long index) {
    Page page = pages.getIfPresent(probe.get().set(file, index));
    if (page != null) {
      abandon(page);
    }
  }

  private void abandon(Page page) {
    if (page.ahead().giveUp()) {
      unreadPages.decrementAndGet();
      updateWeight(page);
    }
  }

  private void updateWeight(Page page) {
    // Replacing a value by itself makes Caffeine weigh it again; a page that left meanwhile stays
    // out.
    pages.asMap().replace(page.key(), page, page);
  }

  private void removed(Page page) {
    forgetUnread(page);
    page.release();
  }

  private void forgetUnread(Page page) {
    if (page.ahead().giveUp()) {
      unreadPages.decrementAndGet();
    }
  }

  /** Drops everything that no reader holds. */
  public void clear() {
    pages.invalidateAll();
    pages.cleanUp();
  }

  /** Bytes of slab in use, by the cache and by readers. */
  public long usedBytes() {
    return (long) slab.used() * Pages.SIZE;
  }

  /**
   * Bytes of slab in use by pages that are not in the cache: evicted or replaced while readers or
   * fetches hold them. Without any of these it is 0.
   */
  public long heldBytes() {
    pages.cleanUp();
    return Math.max(0, slab.used() - pages.estimatedSize()) * Pages.SIZE;
  }

  /** Prefetched pages that nobody has read yet. */
  public int unreadPages() {
    return unreadPages.get();
  }

  /** What has become of what was fetched ahead. */
  public PrefetchStats prefetchStats() {
    return counters.snapshot();
  }

  /**
   * Key of a page. Mutable only so that a thread can look pages up with one probe of its own
   * instead of an object a read; a key that is stored in the cache is never changed.
   */
  static final class Key {
    private long fileHigh;
    private long fileLow;
    private long index;

    long index() {
      return index;
    }

    Key set(FileKey file, long index) {
      this.fileHigh = file.high();
      this.fileLow = file.low();
      this.index = index;
      return this;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key
          && index == key.index
          && fileLow == key.fileLow
          && fileHigh == key.fileHigh;
    }

    @Override
    public int hashCode() {
      // The file's hash is uniform already; the multiplier spreads neighbouring pages over the
      // table.
      long mixed = (fileLow ^ index) * 0x9E3779B97F4A7C15L;
      return (int) (mixed >>> 32);
    }
  }
}
