// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import io.railfs.mount.cache.PackedListing;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Which listing belongs to a directory's node, and which one the kernel keeps, so that neither
 * needs a path. Of two directories that share a slot the later one is remembered; a caller that
 * finds nothing goes by path. Thread-safe.
 */
final class DirectoryMemo {
  private static final int SLOTS = 8192;

  private final AtomicReferenceArray<Known> slots = new AtomicReferenceArray<>(SLOTS);

  /**
   * What is known of one directory.
   *
   * @param listing weak, as its memory is the metadata cache's
   * @param kept serial number of the listing that the kernel may keep, or -1
   */
  private record Known(long node, WeakReference<PackedListing> listing, int kept) {}

  private static int slot(long node) {
    return (int) ((node ^ node >>> 32) & SLOTS - 1);
  }

  private Known find(long node) {
    Known known = slots.get(slot(node));
    return known != null && known.node() == node ? known : null;
  }

  /** The last listing of a directory, or null. */
  PackedListing listing(long node) {
    Known known = find(node);
    return known == null ? null : known.listing().get();
  }

  /** Remembers a listing of a directory; what the kernel keeps stays known. */
  void put(long node, PackedListing listing) {
    Known before = find(node);
    if (before == null || before.listing().get() != listing) {
      int kept = before == null ? -1 : before.kept();
      slots.set(slot(node), new Known(node, new WeakReference<>(listing), kept));
    }
  }

  /** Whether the kernel may keep this listing, as far as is known. */
  boolean isKept(long node, PackedListing listing) {
    Known known = find(node);
    return known != null && known.kept() == listing.serial();
  }

  /** From now on the kernel may keep this listing, and no other. */
  void keep(long node, PackedListing listing) {
    slots.set(slot(node), new Known(node, new WeakReference<>(listing), listing.serial()));
  }
}
