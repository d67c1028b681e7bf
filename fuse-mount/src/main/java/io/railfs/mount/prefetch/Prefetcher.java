// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import io.railfs.mount.cache.FileKey;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;

/**
 * Fetches ahead of the reads of one open file, and notifies {@link NextFiles} when it was read
 * whole. Never blocks, never fails a read: where there is no room, it fetches less. Thread-safe;
 * the lock belongs to one open file and is held for arithmetic only.
 */
public final class Prefetcher {
  private final PrefetchExecutor fetch;
  private final NextFiles next;
  private final RailPath path;
  private final FileVersion version;
  private final FileKey file;
  private final ReadPattern pattern;
  private long bytesRead;
  private boolean hasWaited;

  Prefetcher(
      PrefetchExecutor fetch,
      NextFiles next,
      PrefetchSettings settings,
      ActiveStreams streams,
      RailPath path,
      FileVersion version,
      FileKey file) {
    this.fetch = fetch;
    this.next = next;
    this.path = path;
    this.version = version;
    this.file = file;
    this.pattern =
        new ReadPattern(
            version.size(),
            settings.initialWindow(),
            settings.maxWindow(),
            (start, end) -> fetch.abandon(file, start, end),
            streams);
  }

  /**
   * Takes note of a read and starts the fetches that it suggests.
   *
   * @param waits whether the read has to wait for a worker
   */
  public void onRead(long offset, int length, boolean waits) {
    Plan plan;
    synchronized (pattern) {
      bytesRead += length;
      hasWaited |= waits;
      plan = pattern.onRead(offset, length, waits);
    }
    if (plan == null) {
      return;
    }
    long done = fetch.start(path, version, file, plan);
    if (done < plan.bytes()) {
      synchronized (pattern) {
        plan.source().fellShort(plan, done);
      }
    }
  }

  /**
   * The file is closed: what was fetched ahead and not read loses its protection in the cache.
   * Where the file was read whole, the files that are likely to come next are fetched.
   */
  public void close() {
    boolean whole;
    synchronized (pattern) {
      pattern.forgetAll();
      whole = bytesRead >= version.size() && bytesRead > 0;
    }
    if (whole) {
      next.onWhole(path, version, hasWaited);
    } else if (bytesRead > 0) {
      next.abandon(file, version);
    }
  }
}
