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
  private final Prefetcher.Shared shared;
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
    PrefetchExecutor fetch = new PrefetchExecutor(cache, source, deadline);
    this.shared =
        new Prefetcher.Shared(
            settings,
            fetch,
            new NextFiles(settings, fetch, known),
            new ActiveStreams(),
            new KernelReadahead());
  }

  /**
   * A prefetcher for a handle of this file, which calls {@link #closed} at its end; null where as
   * many files have one as may.
   */
  public Prefetcher open(RailPath path, FileVersion version, FileKey file) {
    if (open.incrementAndGet() > shared.settings().maxFiles()) {
      open.decrementAndGet();
      return null;
    }
    return new Prefetcher(shared, path, version, file);
  }

  /** What the kernel reads ahead by itself. */
  public KernelReadahead readahead() {
    return shared.readahead();
  }

  /** A prefetcher is not used any more. */
  public void closed() {
    open.decrementAndGet();
  }
}
