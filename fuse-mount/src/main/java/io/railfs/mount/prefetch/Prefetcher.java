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
  /**
   * Large reads that continue no stream, after which the reader is taken to have mapped the file.
   */
  private static final int JUMPS = 8;

  private final PrefetchExecutor fetch;
  private final NextFiles next;
  private final RailPath path;
  private final FileVersion version;
  private final FileKey file;
  private final ReadPattern pattern;
  private final KernelReadahead readahead;

  /** Not null: this handle was opened with the readahead of a mapped file. */
  private final TouchedRuns runs;

  private boolean isSuspected;
  private long bytesRead;
  private boolean hasWaited;

  /** What all prefetchers of a mount share. */
  record Shared(
      PrefetchSettings settings,
      PrefetchExecutor fetch,
      NextFiles next,
      ActiveStreams streams,
      KernelReadahead readahead) {}

  Prefetcher(Shared shared, RailPath path, FileVersion version, FileKey file) {
    this.fetch = shared.fetch;
    this.next = shared.next;
    this.readahead = shared.readahead;
    this.path = path;
    this.version = version;
    this.file = file;
    int around = readahead.around(path);
    this.runs = around > 0 ? new TouchedRuns(around) : null;
    this.pattern =
        new ReadPattern(
            version.size(),
            shared.settings.initialWindow(),
            shared.settings.maxWindow(),
            (start, end) -> fetch.abandon(file, start, end),
            shared.streams,
            runs == null ? ReadPattern.PROOF : ReadPattern.MAPPED_PROOF);
  }

  /**
   * Takes note of a read and starts the fetches that it suggests.
   *
   * @param waits whether the read has to wait for a worker
   * @param pid the process that reads, 0 where it is not known
   */
  public void onRead(long offset, int length, boolean waits, int pid) {
    Plan plan;
    boolean isSuspect;
    TouchedRuns.Sample touched;
    synchronized (pattern) {
      bytesRead += length;
      hasWaited |= waits;
      plan = pattern.onRead(offset, length, waits);
      isSuspect = runs == null && !isSuspected && pattern.jumps() >= JUMPS;
      isSuspected |= isSuspect;
      touched = runs == null ? null : runs.onRead(offset, length);
    }
    if (isSuspect) {
      readahead.suspect(path, pid);
    } else if (touched != null) {
      readahead.touched(path, touched);
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
    TouchedRuns.Sample touched;
    synchronized (pattern) {
      pattern.forgetAll();
      touched = runs == null ? null : runs.take();
      whole = bytesRead >= version.size() && bytesRead > 0;
    }
    if (touched != null) {
      readahead.touched(path, touched);
    }
    if (whole) {
      next.onWhole(path, version, hasWaited);
    } else if (bytesRead > 0) {
      next.abandon(file, version);
    }
  }
}
