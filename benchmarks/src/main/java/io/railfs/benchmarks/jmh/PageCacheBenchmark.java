// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.jmh;

import io.railfs.mount.cache.FileKey;
import io.railfs.mount.cache.Page;
import io.railfs.mount.cache.PageCache;
import io.railfs.mount.cache.Pages;
import io.railfs.mount.prefetch.PageFetch;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What the page cache costs a read that hits: find, look, count, release; without the copy. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PageCacheBenchmark {
  private static final int PAGES = 256;
  private static final int FIRST_CHUNK = 1;

  private final FileKey file = new FileKey(1, 2);
  private final PageCache cache = new PageCache(2L * PAGES * Pages.SIZE, 16);

  /** Fills the pages. */
  @Setup
  public void fill() throws InterruptedException {
    for (int i = 0; i < PAGES; i++) {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
      Page page = cache.acquire(file, i, Pages.SIZE, deadline);
      page.claim(page.allChunks());
      PageFetch fetch = new PageFetch(List.of(page.retain()), 0, Pages.SIZE);
      fetch.verified(0, Pages.SIZE);
      fetch.completed();
      page.release();
    }
  }

  @Benchmark
  public boolean hit() {
    Page page = cache.find(file, ThreadLocalRandom.current().nextInt(PAGES));
    boolean valid = page.hasValid(FIRST_CHUNK);
    cache.touched(page, FIRST_CHUNK);
    page.release();
    return valid;
  }
}
