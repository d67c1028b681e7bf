// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.railfs.client.ClusterException;
import io.railfs.mount.CopyTarget;
import io.railfs.mount.prefetch.PageFetch;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class PageCacheTest {
  private static final FileKey FILE = new FileKey(1, 2);
  private static final int PAGES = 64;
  private static final int HELD = 16;

  private final PageCache cache = new PageCache((long) PAGES * Pages.SIZE, HELD);

  private static long soon() {
    return System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
  }

  private Page acquire(long index) throws InterruptedException {
    Page page = cache.acquire(FILE, index, Pages.SIZE, soon());
    assertThat(page).isNotNull();
    return page;
  }

  private static void fill(Page page, byte value) {
    int claimed = page.claim(page.allChunks());
    PageFetch fetch = new PageFetch(List.of(page.retain()), 0, Pages.SIZE);
    byte[] bytes = new byte[Pages.SIZE];
    java.util.Arrays.fill(bytes, value);
    fetch.write(0, Unpooled.wrappedBuffer(bytes));
    for (int chunk = 0; chunk < Pages.CHUNKS; chunk++) {
      if ((claimed & 1 << chunk) != 0) {
        fetch.verified(chunk * Chunks.SIZE, Chunks.SIZE);
      }
    }
    fetch.completed();
  }

  private static byte firstByte(Page page) {
    byte[] seen = new byte[1];
    page.putTo(new CopyTarget(seen), 0, 0, 1);
    return seen[0];
  }

  @Test
  void aPageIsFoundAgainWithItsContent() throws InterruptedException {
    Page page = acquire(7);
    fill(page, (byte) 42);
    page.release();

    Page again = cache.find(FILE, 7);
    assertThat(again).isSameAs(page);
    assertThat(again.hasValid(again.allChunks())).isTrue();
    assertThat(firstByte(again)).isEqualTo((byte) 42);
    again.release();
    assertThat(cache.find(new FileKey(1, 3), 7)).isNull();
    assertThat(cache.find(FILE, 8)).isNull();
  }

  @Test
  void eachChunkIsClaimedByOneOfManyReadersOnly() throws Exception {
    Page page = acquire(0);
    ExecutorService readers = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Integer>> claims = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        claims.add(() -> Integer.bitCount(page.claim(page.allChunks())));
      }
      int claimed = 0;
      for (Future<Integer> claim : readers.invokeAll(claims)) {
        claimed += claim.get(10, TimeUnit.SECONDS);
      }
      assertThat(claimed).isEqualTo(Pages.CHUNKS);
    } finally {
      readers.shutdownNow();
      page.release();
    }
  }

  @Test
  void aFailedFetchWakesItsReadersAndLeavesTheChunksToClaimAgain() throws InterruptedException {
    Page page = acquire(0);
    assertThat(page.claim(0b11)).isEqualTo(0b11);
    PageFetch fetch = new PageFetch(List.of(page.retain()), 0, 2 * Chunks.SIZE);
    fetch.verified(0, Chunks.SIZE);
    ClusterException cause = new ClusterException(ClusterException.Failure.IO, "made to fail");
    fetch.failed(cause);

    assertThat(page.await(0b01, soon())).isTrue();
    assertThat(page.await(0b11, soon())).isFalse();
    assertThat(page.lastFailure()).isSameAs(cause);
    assertThat(page.claim(0b11)).isEqualTo(0b10);
    page.release();
  }

  @Test
  void waitingEndsAtTheDeadline() throws InterruptedException {
    Page page = acquire(0);
    page.claim(1);
    long start = System.nanoTime();
    assertThat(page.await(1, start + TimeUnit.MILLISECONDS.toNanos(50))).isFalse();
    assertThat(System.nanoTime() - start)
        .isBetween(TimeUnit.MILLISECONDS.toNanos(40), TimeUnit.SECONDS.toNanos(5));
    page.release();
  }

  @Test
  void memoryStaysWithinTheSlabHoweverMuchIsRead() throws InterruptedException {
    for (int i = 0; i < PAGES * 20; i++) {
      Page page = acquire(i);
      fill(page, (byte) i);
      assertThat(firstByte(page)).isEqualTo((byte) i);
      page.release();
    }
    assertThat(cache.usedBytes()).isLessThanOrEqualTo((long) (PAGES - PAGES / 4) * Pages.SIZE);
    cache.clear();
    assertThat(cache.usedBytes()).isZero();
  }

  @Test
  void aPageInUseKeepsItsMemoryWhenItIsEvicted() throws InterruptedException {
    Page held = acquire(0);
    fill(held, (byte) 99);
    for (int i = 1; i < PAGES * 4; i++) {
      Page page = acquire(i);
      fill(page, (byte) 1);
      page.release();
    }
    cache.clear();
    assertThat(firstByte(held)).isEqualTo((byte) 99);
    assertThat(cache.usedBytes()).isEqualTo(Pages.SIZE);
    held.release();
    assertThat(cache.usedBytes()).isZero();
  }

  @Test
  void prefetchedPagesSurviveAScanUntilTheyAreRead() throws InterruptedException {
    for (int i = 0; i < 8; i++) {
      Page page = cache.acquireForPrefetch(FILE, 1000 + i, Pages.SIZE);
      fill(page, (byte) (50 + i));
      page.release();
    }
    for (int i = 0; i < PAGES * 10; i++) {
      Page page = acquire(i);
      cache.touched(page, page.allChunks());
      page.release();
    }
    for (int i = 0; i < 8; i++) {
      Page page = cache.find(FILE, 1000 + i);
      assertThat(page).as("prefetched page %d", i).isNotNull();
      assertThat(firstByte(page)).isEqualTo((byte) (50 + i));
      cache.touched(page, page.allChunks());
      page.release();
    }
    assertThat(cache.unreadPages()).isZero();
  }

  @Test
  void prefetchStopsAtItsShareAndGoesOnWhenPagesAreReadOrGivenUp() {
    int taken = 0;
    Page page = cache.acquireForPrefetch(FILE, taken, Pages.SIZE);
    while (page != null) {
      page.release();
      taken++;
      page = cache.acquireForPrefetch(FILE, taken, Pages.SIZE);
    }
    assertThat(taken).isEqualTo(PAGES / 4);

    Page read = cache.find(FILE, 0);
    cache.touched(read, read.allChunks());
    read.release();
    cache.abandon(FILE, 1);
    assertThat(cache.unreadPages()).isEqualTo(taken - 2);
    Page more = cache.acquireForPrefetch(FILE, 5000, Pages.SIZE);
    assertThat(more).isNotNull();
    more.release();
  }

  @Test
  void whatIsFetchedAheadIsCountedAsReadOrWastedChunkByChunk() throws InterruptedException {
    int length = 3 * Chunks.SIZE + 100;
    Page read = cache.acquireForPrefetch(FILE, 0, length);
    assertThat(read.claimAhead(0b1111)).isEqualTo(0b1111);
    assertThat(read.claimAhead(0b1111)).isZero();
    assertThat(cache.prefetchStats()).isEqualTo(new PrefetchStats(length, 0, 0));
    cache.touched(read, 0b1001);
    cache.touched(read, 0b1001);
    assertThat(cache.prefetchStats()).isEqualTo(new PrefetchStats(length, Chunks.SIZE + 100, 0));
    read.release();
    cache.abandon(FILE, 0);
    assertThat(cache.prefetchStats())
        .isEqualTo(new PrefetchStats(length, Chunks.SIZE + 100, 2 * Chunks.SIZE));

    Page failed = acquire(1);
    failed.claimAhead(0b11);
    failed.giveUp(0b10, new ClusterException(ClusterException.Failure.IO, "made to fail"));
    failed.release();
    assertThat(cache.prefetchStats().wastedBytes()).isEqualTo(3 * Chunks.SIZE);
    cache.clear();
    assertThat(cache.prefetchStats())
        .isEqualTo(new PrefetchStats(length + 2 * Chunks.SIZE, Chunks.SIZE + 100, 4 * Chunks.SIZE));
  }

  @Test
  void whoNeedsAPageWhileAllAreHeldWaitsUntilOneIsReleased() throws Exception {
    List<Page> held = new ArrayList<>();
    for (int i = 0; i < PAGES; i++) {
      held.add(acquire(i));
    }
    assertThat(cache.acquire(FILE, 999, Pages.SIZE, System.nanoTime() + 1_000_000)).isNull();
    ExecutorService reader = Executors.newSingleThreadExecutor();
    try {
      Future<Page> waiting = reader.submit(() -> cache.acquire(FILE, 999, Pages.SIZE, soon()));
      held.forEach(Page::release);
      waiting.get(10, TimeUnit.SECONDS).release();
    } finally {
      reader.shutdownNow();
    }
  }

  @Test
  void releasingTooOftenIsADefectThatShows() throws InterruptedException {
    Page page = acquire(0);
    page.release();
    cache.clear();
    assertThatThrownBy(page::release).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void manyThreadsNeverSeeBytesOfAnotherPage() throws Exception {
    long seed = Seed.take();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        Random random = new Random(seed + t);
        running.add(threads.submit(() -> hammer(random)));
      }
      for (Future<?> thread : running) {
        thread.get(60, TimeUnit.SECONDS);
      }
    } catch (Exception e) {
      throw new AssertionError("seed " + seed, e);
    } finally {
      threads.shutdownNow();
    }
    cache.clear();
    assertThat(cache.usedBytes()).as("slots leaked, seed %d", seed).isZero();
    assertThat(cache.unreadPages()).as("unread count, seed %d", seed).isZero();
  }

  private Void hammer(Random random) throws InterruptedException {
    for (int i = 0; i < 5000; i++) {
      long index = random.nextInt(PAGES * 3);
      boolean ahead = random.nextInt(4) == 0;
      Page page = ahead ? cache.acquireForPrefetch(FILE, index, Pages.SIZE) : acquire(index);
      if (page == null) {
        continue;
      }
      int claimed = page.claim(page.allChunks());
      if (claimed != 0) {
        fillClaimed(page, (byte) index, claimed);
      }
      if (!ahead) {
        assertThat(page.await(page.allChunks(), soon())).isTrue();
        assertThat(firstByte(page)).isEqualTo((byte) index);
        cache.touched(page, page.allChunks());
      } else if (random.nextBoolean()) {
        cache.abandon(FILE, index);
      }
      page.release();
    }
    return null;
  }

  private static void fillClaimed(Page page, byte value, int claimed) {
    PageFetch fetch = new PageFetch(List.of(page.retain()), 0, Pages.SIZE);
    byte[] bytes = new byte[Chunks.SIZE];
    java.util.Arrays.fill(bytes, value);
    for (int chunk = 0; chunk < Pages.CHUNKS; chunk++) {
      if ((claimed & 1 << chunk) != 0) {
        fetch.write(chunk * Chunks.SIZE, Unpooled.wrappedBuffer(bytes));
        fetch.verified(chunk * Chunks.SIZE, Chunks.SIZE);
      }
    }
    fetch.completed();
  }
}
