// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import io.railfs.base.BoundedMap;
import io.railfs.mount.cache.FileKey;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.util.Map;
import java.util.Optional;

/**
 * Fetches the files that are likely to be read next, of readers who take file after file: in the
 * order of their directory, or in the one in which they were read before. Thread-safe.
 *
 * <p>It is called when a handle of a file that was read whole is closed. The kernel does not wait
 * for the answer to that, so no reader waits for this work. Nothing is asked of a worker but
 * content: which version of a file is meant is known from its listing, its cached attributes, or
 * the last time that it was read. Where that is wrong by now, the fetch fails and costs nothing.
 */
final class NextFiles {
  /** Directories whose readers are followed at a time. */
  private static final int DIRECTORIES = 64;

  private final PrefetchSettings settings;
  private final PrefetchExecutor fetch;
  private final MetadataCache known;
  private final ReadHistory history;
  private final OrderPattern epoch;
  private final Map<RailPath, DirectoryReaders> directories = BoundedMap.byUse(DIRECTORIES);

  NextFiles(PrefetchSettings settings, PrefetchExecutor fetch, MetadataCache known) {
    this.settings = settings;
    this.fetch = fetch;
    this.known = known;
    this.history = new ReadHistory(settings.history());
    this.epoch = new OrderPattern(settings.nextFiles());
  }

  private boolean isOff() {
    return settings.nextFiles() == 0 || settings.initialWindow() == 0;
  }

  /**
   * Takes note of a file that was read from its first byte to its last.
   *
   * @param waited whether its reader had to wait for any of it
   */
  void onWhole(RailPath path, FileVersion version, boolean waited) {
    if (isOff()) {
      return;
    }
    start(directory(path.parent()).onRead(path.nameLatin1(), waited));
    start(inEpoch(path, version, waited));
  }

  private DirectoryReaders directory(RailPath directory) {
    synchronized (directories) {
      return directories.computeIfAbsent(
          directory, d -> new DirectoryReaders(d, known, settings.nextFiles()));
    }
  }

  private FileBatch inEpoch(RailPath path, FileVersion version, boolean waited) {
    synchronized (history) {
      long before = history.add(path, version);
      OrderPattern.Span span = before < 0 ? null : epoch.onRead(before, history.end(), waited);
      return span == null ? null : new FileBatch(history, epoch, span, history::at);
    }
  }

  private void start(FileBatch batch) {
    if (batch == null) {
      return;
    }
    long room = settings.maxWindow();
    for (long at = batch.span().start(); at < batch.span().end(); at++) {
      VersionedPath file = batch.at(at);
      VersionedPath current = file == null ? null : current(file);
      if (current == null || current.version().size() == 0) {
        continue;
      }
      long bytes = Math.min(current.version().size(), settings.initialWindow());
      room -= bytes;
      if (room < 0 || !fetch(current, bytes)) {
        batch.fellShort(at);
        return;
      }
    }
  }

  private boolean fetch(VersionedPath file, long bytes) {
    FileKey key = FileKey.of(file.path(), file.version());
    return fetch.start(file.path(), file.version(), key, Plan.range(null, 0, bytes)) == bytes;
  }

  /** The file in the version that the caches know now, or null where it is gone. */
  private VersionedPath current(VersionedPath file) {
    Optional<Attributes> attributes = known.find(file.path());
    if (attributes == null) {
      return file;
    }
    return attributes
        .filter(Attributes::isRegular)
        .map(now -> new VersionedPath(file.path(), now.version()))
        .orElse(null);
  }

  /** A file was closed that was not read whole. */
  void abandon(FileKey file, FileVersion version) {
    if (!isOff()) {
      fetch.abandon(file, 0, Math.min(version.size(), settings.initialWindow()));
    }
  }
}
