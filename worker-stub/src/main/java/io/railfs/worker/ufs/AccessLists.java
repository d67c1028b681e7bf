package io.railfs.worker.ufs;

import io.railfs.worker.posix.Posix;
import io.railfs.worker.posix.PosixException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Asks for access control lists, where there may be one that matters: not on file systems that have
 * none, which say so once, and not where the group bits are empty, for then the kernel does not
 * look at the list either. Thread-safe.
 */
final class AccessLists {
  /** File systems that have none. */
  private final Set<String> without = ConcurrentHashMap.newKeySet();

  /**
   * The list of an entry, or null.
   *
   * @param name with one char for each byte; "." for the directory itself
   * @param entry what the entry is, asked before
   * @throws NoSuchFileException where it has gone since
   */
  byte[] of(OpenDirectory directory, String name, PosixFileAttributes entry) throws IOException {
    if (entry.isSymbolicLink() || !hasGroupBits(entry) || isWithout(entry)) {
      return null;
    }
    try {
      return Posix.attribute(directory.place() + "/" + name, AccessList.ATTRIBUTE);
    } catch (PosixException e) {
      switch (e.problem()) {
        case NOT_SUPPORTED -> without.add(OpenDirectory.device(entry.fileKey()));
        case NOT_FOUND -> throw new NoSuchFileException(name);
        default -> throw e;
      }
      return null;
    }
  }

  private static boolean hasGroupBits(PosixFileAttributes entry) {
    Set<PosixFilePermission> permissions = entry.permissions();
    return permissions.contains(PosixFilePermission.GROUP_READ)
        || permissions.contains(PosixFilePermission.GROUP_WRITE)
        || permissions.contains(PosixFilePermission.GROUP_EXECUTE);
  }

  private boolean isWithout(PosixFileAttributes entry) {
    return !without.isEmpty() && without.contains(OpenDirectory.device(entry.fileKey()));
  }
}
