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
 * Fetches ahead of the sequential streams of one open file. Never blocks, never fails a read: where
 * there is no room, it fetches less. Thread-safe; the lock belongs to one open file and is held for
 * arithmetic only.
 */
public final class Prefetcher {
  private final PageCache cache;
  private final PageSource source;
  private final RailPath path;
  private final FileVersion version;
  private final FileKey file;
  private final long fetchDeadlineNanos;
  private final ReadPattern pattern;

  /**
   * @param settings sizes of the windows
   * @param fetchDeadline how long a prefetch may take
   */
  public Prefetcher(
      PageCache cache,
      PageSource source,
      RailPath path,
      FileVersion version,
      FileKey file,
      PrefetchSettings settings,
      Duration fetchDeadline) {
    this.cache = cache;
    this.source = source;
    this.path = path;
    this.version = version;
    this.file = file;
    this.fetchDeadlineNanos = fetchDeadline.toNanos();
    this.pattern =
        new ReadPattern(
            version.size(), settings.initialWindow(), settings.maxWindow(), this::abandon);
  }

  /** Takes note of a read and starts the fetches that it suggests. */
  public void onRead(long offset, int length) {
    ReadPattern.Stream stream;
    long from;
    long to;
    synchronized (pattern) {
      stream = pattern.onRead(offset, length);
      if (stream == null) {
        return;
      }
      from = stream.ahead();
      to = pattern.target(stream);
      // Said before it is done, so that a read that comes meanwhile does not fetch the same range.
      pattern.reached(stream, to);
    }
    long reached = fetch(from, to);
    if (reached < to) {
      synchronized (pattern) {
        pattern.fellShort(stream, reached);
      }
    }
  }

  /** Fetches the pages of a range as far as there is room; returns where it stopped. */
  private long fetch(long from, long to) {
    ChunkRuns runs = new ChunkRuns(source, path, version, System.nanoTime() + fetchDeadlineNanos);
    long offset = from;
    while (offset < to && source.hasRoomForPrefetch()) {
      long index = Pages.index(offset);
      Page page = cache.acquireForPrefetch(file, index, Pages.length(version.size(), index));
      if (page == null) {
        break;
      }
      runs.add(page, index, page.claim(page.allChunks()));
      page.release();
      offset = Math.min(to, (index + 1) * Pages.SIZE);
    }
    runs.flush();
    return offset;
  }

  /**
   * Tells that the file is closed: what was fetched ahead and not read loses its privilege in the
   * cache.
   */
  public void close() {
    synchronized (pattern) {
      pattern.forgetAll();
    }
  }

  private void abandon(long start, long end) {
    long last = Pages.index(end - 1);
    for (long index = Pages.index(start); index <= last; index++) {
      cache.abandon(file, index);
    }
  }
}
