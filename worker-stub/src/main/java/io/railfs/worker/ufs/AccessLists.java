// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import io.railfs.worker.posix.FileStatus;
import io.railfs.worker.posix.Posix;
import io.railfs.worker.posix.PosixException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Asks for access control lists, where there may be one that matters: not on file systems that have
 * none, which say so once, and not where the group bits are empty, for then the kernel does not
 * look at the list either. Thread-safe.
 */
final class AccessLists {
  private static final int GROUP_BITS = 070;

  /** File systems that have none. */
  private final Set<FileStatus.Device> without = ConcurrentHashMap.newKeySet();

  /**
   * Whether an entry may have a list that matters.
   *
   * @param entry what the entry is
   */
  boolean mayHave(FileStatus entry) {
    boolean groupMay = (entry.mode() & GROUP_BITS) != 0;
    return groupMay && !entry.isSymlink() && !isWithout(entry);
  }

  /**
   * The list of an entry, or null.
   *
   * @param name with one char for each byte; "." for the directory itself
   * @param entry what the entry is, asked before
   */
  byte[] of(DirectoryHandle directory, String name, FileStatus entry) throws IOException {
    try {
      return Posix.attribute(directory.place() + "/" + name, AccessList.ATTRIBUTE);
    } catch (PosixException e) {
      if (e.problem() != PosixException.Problem.NOT_SUPPORTED) {
        throw e;
      }
      without.add(entry.device());
      return null;
    }
  }

  private boolean isWithout(FileStatus entry) {
    return !without.isEmpty() && without.contains(entry.device());
  }
}
