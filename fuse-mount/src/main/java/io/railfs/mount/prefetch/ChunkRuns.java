// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import io.railfs.client.ClusterException;
import io.railfs.client.FetchRequest;
import io.railfs.client.PageSource;
import io.railfs.mount.cache.Page;
import io.railfs.mount.cache.Pages;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.util.ArrayList;
import java.util.List;

/**
 * Joins claimed chunks of one file, given in ascending order, into as few fetches as possible and
 * starts them. Used by one thread, for one read or one prefetch; {@link #flush} must be its last
 * call.
 */
public final class ChunkRuns {
  private final PageSource source;
  private final RailPath path;
  private final FileVersion version;
  private final long deadlineNanos;
  private List<Page> pages = new ArrayList<>();
  private long start;
  private long end;

  /**
   * @param deadlineNanos the {@link System#nanoTime} after which the fetches fail
   */
  public ChunkRuns(PageSource source, RailPath path, FileVersion version, long deadlineNanos) {
    this.source = source;
    this.path = path;
    this.version = version;
    this.deadlineNanos = deadlineNanos;
  }

  /**
   * Adds chunks that the caller has claimed.
   *
   * @param page retained by the caller; every fetch adds a reference of its own
   * @param index number of the page in the file
   * @param claimed the chunks
   */
  public void add(Page page, long index, int claimed) {
    for (int left = claimed; left != 0; left &= left - 1) {
      int at = Integer.numberOfTrailingZeros(left) * Chunks.SIZE;
      long offset = index * Pages.SIZE + at;
      int length = Math.min(Chunks.SIZE, page.length() - at);
      if (offset != end
          || end % source.blockSize() == 0
          || end - start + length > FetchRequest.MAX_LENGTH) {
        flush();
        start = offset;
        end = offset;
      }
      if (pages.isEmpty() || pages.get(pages.size() - 1) != page) {
        pages.add(page.retain());
      }
      end += length;
    }
  }

  /** Starts the fetch of what was added since the last one. */
  public void flush() {
    if (pages.isEmpty()) {
      return;
    }
    int length = (int) (end - start);
    PageFetch fetch = new PageFetch(pages, (int) (start % Pages.SIZE), length);
    pages = new ArrayList<>();
    FetchRequest request = new FetchRequest(path, version, start, length, deadlineNanos);
    try {
      source.fetch(request, fetch);
    } catch (RuntimeException e) {
      // A bug below must not leave chunks claimed for ever.
      fetch.failed(
          new ClusterException(
              ClusterException.Failure.IO, "reading " + path + " failed: " + e, e));
    }
  }
}
