// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PackedListing;
import io.railfs.protocol.RailPath;
import java.lang.ref.SoftReference;
import java.lang.ref.WeakReference;

/** Follows the readers of the files of one directory. Thread-safe. */
final class DirectoryReaders {
  private final RailPath directory;
  private final MetadataCache known;
  private final OrderPattern byName;
  private final OrderPattern byListing;
  private int reads;

  /**
   * Outlives the listing's time in the cache, as an epoch is longer; what is old in it does no
   * harm, as content is fetched by version. It goes when the heap is short.
   */
  private SoftReference<DirectoryOrder> order = new SoftReference<>(null);

  private WeakReference<PackedListing> sorted = new WeakReference<>(null);

  DirectoryReaders(RailPath directory, MetadataCache known, int maxFiles) {
    this.directory = directory;
    this.known = known;
    this.byName = new OrderPattern(maxFiles);
    this.byListing = new OrderPattern(maxFiles);
  }

  /** Takes note of a file that was read; returns what should be fetched now, or null. */
  synchronized FileBatch onRead(String nameLatin1, boolean waited) {
    reads++;
    DirectoryOrder now = reads < OrderPattern.PROOF ? null : orderWith(nameLatin1);
    if (now == null) {
      return null;
    }
    int rank = now.rank(nameLatin1);
    OrderPattern.Span named = byName.onRead(rank, now.size(), waited);
    OrderPattern.Span listed = byListing.onRead(now.index(rank), now.size(), waited);
    if (named != null) {
      return new FileBatch(this, byName, named, at -> now.file(now.index((int) at)));
    }
    return listed == null ? null : new FileBatch(this, byListing, listed, at -> now.file((int) at));
  }

  private DirectoryOrder orderWith(String nameLatin1) {
    DirectoryOrder last = order.get();
    if (last != null && last.rank(nameLatin1) >= 0) {
      return last;
    }
    PackedListing listing = known.acquireListing(directory);
    if (listing == null) {
      return null;
    }
    try {
      if (!listing.isComplete()
          || listing.size() > DirectoryOrder.MAX_ENTRIES
          || (last != null && listing == sorted.get())) {
        return null;
      }
      DirectoryOrder fresh = new DirectoryOrder(directory, listing);
      order = new SoftReference<>(fresh);
      sorted = new WeakReference<>(listing);
      return fresh.rank(nameLatin1) >= 0 ? fresh : null;
    } finally {
      listing.release();
    }
  }
}
