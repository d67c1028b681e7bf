// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.util.Arrays;

/**
 * The files that were read whole, in the order in which they were: a ring of the last ones, found
 * by path. Guarded by its caller.
 *
 * <pre>
 *   heads[hash] --> newest position with this hash
 *   older[position] --> the one before it with the same hash, while that is in the ring
 * </pre>
 *
 * Nothing is ever taken out of a chain: positions in it only go down, so it ends where it leaves
 * the ring. A remembered file costs about 150 bytes; the ring grows to its capacity when it is
 * needed.
 */
final class ReadHistory {
  private static final int FIRST_CAPACITY = 1024;

  /** A file read over and over must not make the chain of its neighbours long. */
  private static final int MAX_CHAIN = 64;

  private final int maxCapacity;
  private VersionedPath[] ring;
  private long[] older;
  private long[] heads;
  private long end;

  /**
   * @param capacity files remembered at most, rounded up to a power of two
   */
  ReadHistory(int capacity) {
    this.maxCapacity = Integer.highestOneBit(Math.max(2, capacity) * 2 - 1);
    allocate(Math.min(maxCapacity, FIRST_CAPACITY));
  }

  private void allocate(int capacity) {
    ring = new VersionedPath[capacity];
    older = new long[capacity];
    heads = new long[capacity];
    Arrays.fill(heads, -1);
  }

  /**
   * Adds a file.
   *
   * @return the position of the last time that it was read, or -1
   */
  long add(RailPath path, FileVersion version) {
    long before = find(path);
    VersionedPath last = before < 0 ? null : ring[slot(before)];
    if (end == ring.length && ring.length < maxCapacity) {
      grow();
    }
    // The same objects where nothing has changed: that is most of their memory.
    append(
        last != null && last.version().equals(version)
            ? last
            : new VersionedPath(last == null ? path : last.path(), version));
    return before;
  }

  private void append(VersionedPath file) {
    int bucket = bucket(file.path());
    ring[slot(end)] = file;
    older[slot(end)] = heads[bucket];
    heads[bucket] = end;
    end++;
  }

  private void grow() {
    VersionedPath[] old = ring;
    allocate(old.length * 2);
    end = 0;
    for (VersionedPath file : old) {
      append(file);
    }
  }

  /** Where the newest entry ends. */
  long end() {
    return end;
  }

  /**
   * The file at a position, or null where it is not known any more or was read again since: then
   * its reader has been there already.
   */
  VersionedPath at(long position) {
    if (position < 0 || position >= end || position < end - ring.length) {
      return null;
    }
    VersionedPath file = ring[slot(position)];
    return find(file.path()) == position ? file : null;
  }

  private long find(RailPath path) {
    long position = heads[bucket(path)];
    for (int i = 0; i < MAX_CHAIN && position >= 0 && position >= end - ring.length; i++) {
      if (ring[slot(position)].path().equals(path)) {
        return position;
      }
      position = older[slot(position)];
    }
    return -1;
  }

  private int slot(long position) {
    return (int) position & (ring.length - 1);
  }

  private int bucket(RailPath path) {
    return (path.hashCode() * 0x9E3779B9) >>> Integer.numberOfLeadingZeros(ring.length - 1);
  }
}
