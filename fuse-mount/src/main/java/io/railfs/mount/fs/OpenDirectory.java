// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import io.railfs.mount.cache.Entry;
import io.railfs.mount.cache.PackedListing;
import io.railfs.protocol.RailPath;
import java.util.concurrent.atomic.AtomicReference;

/**
 * An open directory: entry 0 is ".", entry 1 "..", the listing of the moment of opening follows. An
 * entry's number never changes while it is open. Thread-safe.
 */
public final class OpenDirectory {
  private static final int SPECIAL = 2;

  private final long node;
  private final RailPath path;
  private final PackedListing listing;
  private final Listings listings;

  /** Of the paths of its entries: {@link Inodes#hashBelow}. */
  private final long hashBelow;

  private final long inode;
  private final long parentInode;

  /** To be run once, when the first entries are asked for. */
  private final AtomicReference<Runnable> first = new AtomicReference<>();

  OpenDirectory(long node, RailPath path, PackedListing listing, Listings listings) {
    this.node = node;
    this.path = path;
    this.listing = listing;
    this.listings = listings;
    byte[] bytes = path.toByteString().toByteArray();
    byte[] parent = path.parent().toByteString().toByteArray();
    this.hashBelow = Inodes.hashBelow(bytes, 0, bytes.length);
    this.inode = Inodes.of(Inodes.hash(bytes, 0, bytes.length));
    this.parentInode = Inodes.of(Inodes.hash(parent, 0, parent.length));
  }

  /** Takes entries one after the other. */
  public interface Reader {
    /**
     * Takes "." or "..".
     *
     * @param next what to ask for to go on after it
     * @return false where the reader takes no more, not even this one
     */
    boolean special(String name, long inode, long next);

    /** As {@link PackedListing.Reader#entry}, with an inode number and what to ask for to go on. */
    boolean entry(byte[] bytes, int start, int length, Entry entry, long inode, long next);
  }

  /** The node of the directory. */
  public long node() {
    return node;
  }

  public RailPath path() {
    return path;
  }

  PackedListing listing() {
    return listing;
  }

  /** Has this run when the kernel asks for entries: then it has taken in the answer to its open. */
  void onFirstRead(Runnable action) {
    first.set(action);
  }

  /**
   * Shows entries, as many as are there and the reader takes; none after the last. Waits for the
   * first of them.
   *
   * <p>Where to go on is the number of the next entry, and above it the listing's own number: the
   * kernel puts its copy of a directory together from the answers to several handles, by these.
   *
   * @param from 0 to begin, then what the last entry said
   * @param entry of the calling thread, used for each entry that is shown
   * @throws FsException where an entry should be there and does not come
   */
  public void read(long from, Entry entry, Reader reader) throws FsException {
    Runnable action = first.get() == null ? null : first.getAndSet(null);
    if (action != null) {
      action.run();
    }
    int index = (int) from & Integer.MAX_VALUE;
    long serial = (long) listing.serial() << 32;
    if (index == 0) {
      if (!reader.special(".", inode, serial | 1)) {
        return;
      }
      index++;
    }
    if (index == 1) {
      if (!reader.special("..", parentInode, serial | 2)) {
        return;
      }
      index++;
    }
    boolean waits = ((int) from & Integer.MAX_VALUE) >= SPECIAL;
    if (waits && !listings.hasEntry(path, listing, index - SPECIAL)) {
      return;
    }
    long[] next = {serial | index + 1};
    listing.read(
        index - SPECIAL,
        entry,
        (bytes, start, length, found) -> {
          long number = Inodes.of(hashBelow, bytes, start, length, found);
          return reader.entry(bytes, start, length, found, number, next[0]++);
        });
  }

  void close() {
    listing.release();
  }
}
