// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import io.railfs.mount.cache.Entry;
import io.railfs.protocol.EntryType;

/**
 * Inode numbers: a hash, so that they are the same on every node and after a remount, without a
 * table. A directory's is of its path. A file's and a symlink's is of path and version: programs
 * take equal numbers for the same content (cmp, diff and cp compare no bytes then, the loader takes
 * a library for one that it has, tail follows the old one).
 */
public final class Inodes {
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private Inodes() {}

  /** FNV-1a, 64 bits, of the bytes of a path. */
  static long hash(byte[] path, int start, int end) {
    return hash(FNV_OFFSET, path, start, end);
  }

  private static long hash(long before, byte[] bytes, int start, int end) {
    long hash = before;
    for (int i = start; i < end; i++) {
      hash = (hash ^ (bytes[i] & 0xff)) * FNV_PRIME;
    }
    return hash;
  }

  /** The hash of what every path below a directory begins with. */
  static long hashBelow(byte[] path, int start, int end) {
    long hash = hash(path, start, end);
    // The root's path ends in a slash already.
    return end - start == 1 ? hash : (hash ^ '/') * FNV_PRIME;
  }

  /** The number of an entry of the directory that {@link #hashBelow} is of. */
  public static long of(long hashBelow, byte[] name, int start, int length, Entry entry) {
    return of(hash(hashBelow, name, start, start + length), entry);
  }

  /** The number of what has these attributes, by the {@link #hash} of its path. */
  static long of(long pathHash, Entry entry) {
    boolean hasContent = entry.type() == EntryType.REGULAR || entry.type() == EntryType.SYMLINK;
    return of(hasContent ? pathHash ^ entry.version() : pathHash);
  }

  /** The number of a directory, by the {@link #hash} of its path. */
  static long of(long pathHash) {
    // Positive: some programs keep them in signed variables. Not 0 and 1, which the kernel keeps
    // for itself.
    return Math.max(2, pathHash & Long.MAX_VALUE);
  }
}
