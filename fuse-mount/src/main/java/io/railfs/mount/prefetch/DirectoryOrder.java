package io.railfs.mount.prefetch;

import io.railfs.mount.cache.Listing;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The entries of a directory in the order of their names and in that of the listing: programs take
 * them in the one (shells, sorted lists) or in the other (find). Immutable. It costs four bytes an
 * entry beside the listing.
 */
final class DirectoryOrder {
  /** Sorting more takes a second. */
  static final int MAX_ENTRIES = 300_000;

  private final RailPath directory;
  private final Listing listing;
  private final int[] byName;

  /** Sorts a complete listing of at most {@link #MAX_ENTRIES}. */
  DirectoryOrder(RailPath directory, Listing listing) {
    this.directory = directory;
    this.listing = listing;
    List<String> names = new ArrayList<>(listing.size());
    listing.read(
        0,
        (bytes, start, length, type) -> {
          names.add(new String(bytes, start, length, StandardCharsets.ISO_8859_1));
          return true;
        });
    this.byName =
        IntStream.range(0, names.size())
            .boxed()
            .sorted(Comparator.comparing(names::get))
            .mapToInt(Integer::intValue)
            .toArray();
  }

  boolean isOf(Listing other) {
    return listing == other;
  }

  int size() {
    return byName.length;
  }

  /** Which entry by name this one is, or -1 where there is none. */
  int rank(String nameLatin1) {
    int low = 0;
    int high = byName.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = listing.nameLatin1(byName[middle]).compareTo(nameLatin1);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  /** Which entry of the listing the one of this rank is. */
  int index(int rank) {
    return byName[rank];
  }

  /** The file at this place of the listing, or null where it is none. */
  FileContent file(int index) {
    String name = listing.nameLatin1(index);
    Attributes attributes = listing.find(name);
    if (attributes == null || !attributes.isRegular()) {
      return null;
    }
    try {
      return new FileContent(directory.childOfLatin1(name), attributes.version());
    } catch (ProtocolException e) {
      // Too deep for a path: no program can open it either.
      return null;
    }
  }
}
