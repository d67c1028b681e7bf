// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.railfs.mount.cache.PackedListing;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The entries of a directory in the order of their names and in that of the listing: programs take
 * them in the one (shells, sorted lists) or in the other (find). Immutable. It keeps nothing of the
 * listing, whose time in the cache is shorter than an epoch, but about 45 bytes for each entry.
 */
final class DirectoryOrder {
  /** Sorting more takes long, and they take megabytes. */
  static final int MAX_ENTRIES = 100_000;

  private final RailPath directory;

  /** The names, one after the other; entry i ends at {@code ends[i]}. */
  private final byte[] names;

  private final int[] ends;

  /** -1: not a regular file. */
  private final long[] sizes;

  private final long[] mtimes;
  private final String[] etags;
  private final int[] byName;

  /** Copies and sorts a listing of at most {@link #MAX_ENTRIES}. */
  DirectoryOrder(RailPath directory, PackedListing listing) {
    this.directory = directory;
    int count = listing.size();
    ends = new int[count];
    sizes = new long[count];
    mtimes = new long[count];
    etags = new String[count];
    ByteArrayOutputStream all = new ByteArrayOutputStream(16 * count);
    for (int i = 0; i < count; i++) {
      String name = listing.nameLatin1(i);
      all.writeBytes(name.getBytes(ISO_8859_1));
      ends[i] = all.size();
      Attributes attributes = listing.find(name);
      boolean isFile = attributes != null && attributes.isRegular();
      sizes[i] = isFile ? attributes.size() : -1;
      mtimes[i] = isFile ? attributes.mtimeNanos() : 0;
      etags[i] = isFile ? attributes.etag() : "";
    }
    names = all.toByteArray();
    byName =
        IntStream.range(0, count)
            .boxed()
            .sorted((a, b) -> compare(a, names, begin(b), ends[b]))
            .mapToInt(Integer::intValue)
            .toArray();
  }

  private int begin(int index) {
    return index == 0 ? 0 : ends[index - 1];
  }

  private int compare(int index, byte[] other, int from, int to) {
    return Arrays.compareUnsigned(names, begin(index), ends[index], other, from, to);
  }

  int size() {
    return byName.length;
  }

  /** Which entry by name this one is, or -1 where there is none. */
  int rank(String nameLatin1) {
    byte[] name = nameLatin1.getBytes(ISO_8859_1);
    int low = 0;
    int high = byName.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = compare(byName[middle], name, 0, name.length);
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
  VersionedPath file(int index) {
    if (sizes[index] < 0) {
      return null;
    }
    int begin = begin(index);
    try {
      return new VersionedPath(
          directory.childOfLatin1(new String(names, begin, ends[index] - begin, ISO_8859_1)),
          new FileVersion(sizes[index], mtimes[index], etags[index]));
    } catch (ProtocolException e) {
      // Too deep for a path: no program can open it either.
      return null;
    }
  }
}
