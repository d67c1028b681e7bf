// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import io.railfs.client.PageSource;
import io.railfs.mount.cache.FileKey;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PageCache;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes the prefetcher of each file that is opened. Thread-safe. */
public final class Prefetchers {
  private final PrefetchSettings settings;
  private final PrefetchExecutor fetch;
  private final NextFiles next;
  private final ActiveStreams streams = new ActiveStreams();
  private final KernelReadahead readahead = new KernelReadahead();
  private final AtomicInteger open = new AtomicInteger();

  /**
   * @param known answers for attributes and listings; nothing is asked of a worker
   * @param deadline how long a prefetch may take
   */
  public Prefetchers(
      PrefetchSettings settings,
      PageCache cache,
      PageSource source,
      MetadataCache known,
      Duration deadline) {
    this.settings = settings;
    this.fetch = new PrefetchExecutor(cache, source, deadline);
    this.next = new NextFiles(settings, fetch, known);
  }

  /**
   * A prefetcher for a handle of this file, which calls {@link #closed} at its end; null where as
   * many files have one as may.
   */
  public Prefetcher open(RailPath path, FileVersion version, FileKey file) {
    if (open.incrementAndGet() > settings.maxFiles()) {
      open.decrementAndGet();
      return null;
    }
    return new Prefetcher(fetch, next, settings, streams, readahead, path, version, file);
  }

  /** What the kernel reads ahead by itself. */
  public KernelReadahead readahead() {
    return readahead;
  }

  /** A prefetcher is not used any more. */
  public void closed() {
    open.decrementAndGet();
  }
}
