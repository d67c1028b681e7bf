package io.railfs.mount.fs;

import io.railfs.mount.cache.Listing;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.FileType;

/**
 * An open directory: entry 0 is ".", entry 1 "..", the listing of the moment of opening follows.
 * Immutable.
 */
public final class OpenDirectory {
  private final RailPath path;
  private final Listing listing;
  private final String prefix;

  OpenDirectory(RailPath path, Listing listing) {
    this.path = path;
    this.listing = listing;
    this.prefix = path.isRoot() ? "/" : path.latin1() + "/";
  }

  /** Entries, the two special ones among them. */
  public int size() {
    return listing.size() + 2;
  }

  /** The name of an entry, with one char for each byte. */
  public String nameLatin1(int index) {
    return switch (index) {
      case 0 -> ".";
      case 1 -> "..";
      default -> listing.nameLatin1(index - 2);
    };
  }

  /** The path of what an entry names, with one char for each byte. */
  public String pathLatin1(int index) {
    return switch (index) {
      case 0 -> path.latin1();
      case 1 -> path.parent().latin1();
      default -> prefix + listing.nameLatin1(index - 2);
    };
  }

  public FileType type(int index) {
    return index < 2 ? FileType.DIRECTORY : listing.find(listing.nameLatin1(index - 2)).type();
  }
}
