package io.railfs.mount.fs;

import io.railfs.mount.cache.Listing;
import io.railfs.protocol.RailPath;

/**
 * An open directory: entry 0 is ".", entry 1 "..", the listing of the moment of opening follows. An
 * entry's number never changes while it is open. Thread-safe.
 */
public final class OpenDirectory {
  private static final int SPECIAL = 2;

  private final RailPath path;
  private final Listing listing;
  private final Listings listings;

  OpenDirectory(RailPath path, Listing listing, Listings listings) {
    this.path = path;
    this.listing = listing;
    this.listings = listings;
  }

  /** Takes entries one after the other. */
  public interface Reader extends Listing.Reader {
    /** As {@link #entry}, for "." and ".."; {@code meant} is what they stand for. */
    boolean special(String name, RailPath meant);
  }

  public RailPath path() {
    return path;
  }

  /**
   * Shows the entries from this number on, as many as are there and the reader takes; none behind
   * the last. Waits for the first of them. Errors: it should be there and does not come.
   */
  public void read(long from, Reader reader) throws FsException {
    if (from < 0 || from >= Integer.MAX_VALUE) {
      return;
    }
    int index = (int) from;
    if (index == 0) {
      if (!reader.special(".", path)) {
        return;
      }
      index++;
    }
    if (index == 1) {
      if (!reader.special("..", path.parent())) {
        return;
      }
      index++;
    }
    if (from >= SPECIAL && !listings.hasEntry(path, listing, index - SPECIAL)) {
      return;
    }
    listing.read(index - SPECIAL, reader);
  }

  void close() {
    listing.release();
  }
}
