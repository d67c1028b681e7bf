// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import io.railfs.client.PageSource;
import io.railfs.mount.cache.FileKey;
import io.railfs.mount.cache.Page;
import io.railfs.mount.cache.PageCache;
import io.railfs.mount.cache.Pages;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.time.Duration;

/**
 * Gets what a {@link Plan} says into the cache. Never waits: where there is no room, it fetches
 * less. Thread-safe.
 */
final class PrefetchExecutor {
  private final PageCache cache;
  private final PageSource source;
  private final long deadlineNanos;

  /**
   * @param deadline how long a fetch may take
   */
  PrefetchExecutor(PageCache cache, PageSource source, Duration deadline) {
    this.cache = cache;
    this.source = source;
    this.deadlineNanos = deadline.toNanos();
  }

  /** Starts the fetches of a plan; returns how many of its bytes there was room for. */
  long start(RailPath path, FileVersion version, FileKey file, Plan plan) {
    ChunkRuns runs = new ChunkRuns(source, path, version, System.nanoTime() + deadlineNanos);
    long done = 0;
    for (int i = 0; i < plan.count(); i++) {
      long at = plan.start() + i * plan.stride();
      long from = Math.max(0, at);
      long to = Math.min(version.size(), at + plan.length());
      long reached = from < to ? fetch(runs, version.size(), file, from, to) : to;
      if (reached < to) {
        runs.flush();
        return done + reached - from;
      }
      done += plan.length();
    }
    runs.flush();
    return done;
  }

  /** Claims the chunks of a range as far as there is room; returns where it stopped. */
  private long fetch(ChunkRuns runs, long fileSize, FileKey file, long from, long to) {
    long offset = from;
    while (offset < to && source.hasRoomForPrefetch()) {
      long index = Pages.index(offset);
      Page page = cache.acquireForPrefetch(file, index, Pages.length(fileSize, index));
      if (page == null) {
        break;
      }
      long pageStart = index * Pages.SIZE;
      int end = (int) Math.min(Pages.SIZE, to - pageStart);
      runs.add(page, index, page.claimAhead(Pages.chunks((int) (offset - pageStart), end)));
      page.release();
      offset = Math.min(to, pageStart + Pages.SIZE);
    }
    return offset;
  }

  /**
   * A range was fetched ahead and will not be read: its pages lose their protection in the cache.
   */
  void abandon(FileKey file, long start, long end) {
    long last = Pages.index(end - 1);
    for (long index = Pages.index(start); index <= last; index++) {
      cache.abandon(file, index);
    }
  }
}
