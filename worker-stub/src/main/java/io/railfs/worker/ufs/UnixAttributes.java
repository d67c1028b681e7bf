// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.Era;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.worker.posix.FileStatus;
import io.railfs.worker.posix.Posix;
import java.io.IOException;

/**
 * Full attributes of one entry, asked of the directory that has it. What takes more than one system
 * call counts only if the entry was the same before and after.
 */
final class UnixAttributes {
  /** A name that is another file this many times in a row is being fought over. */
  private static final int ATTEMPTS = 16;

  private UnixAttributes() {}

  /**
   * The attributes of an entry of the directory.
   *
   * @param name with one char for each byte
   * @param path for messages
   */
  static Attributes of(DirectoryHandle directory, String name, RailPath path, LocalRoot root)
      throws IOException, UfsException {
    for (int i = 0; i < ATTEMPTS; i++) {
      Attributes attributes = attempt(directory, name, root);
      if (attributes != null) {
        return attributes;
      }
    }
    throw FileErrors.restless(path);
  }

  /** The attributes of the directory itself. */
  static Attributes of(DirectoryHandle directory, RailPath path, LocalRoot root)
      throws IOException, UfsException {
    return of(directory, "", path, root);
  }

  /** The version of a regular file. */
  static FileVersion version(FileStatus status, LocalRoot root) {
    return attributes(status, status.permissions(), ByteString.EMPTY, root).version();
  }

  /** Null where the entry changed meanwhile. */
  private static Attributes attempt(DirectoryHandle directory, String name, LocalRoot root)
      throws IOException {
    int descriptor = directory.descriptor();
    FileStatus status = Posix.status(descriptor, name);
    if (status.isSymlink()) {
      ByteString target = Posix.link(descriptor, name);
      boolean same = target != null && status.equals(Posix.status(descriptor, name));
      return same ? attributes(status, status.permissions(), target, root) : null;
    }
    if (!root.lists().mayHave(status)) {
      return attributes(status, status.permissions(), ByteString.EMPTY, root);
    }
    byte[] list = root.lists().of(directory, name.isEmpty() ? "." : name, status);
    if (!status.equals(Posix.status(descriptor, name))) {
      return null;
    }
    int permissions = status.permissions();
    return attributes(
        status,
        list == null ? permissions : AccessList.restrict(permissions, list),
        ByteString.EMPTY,
        root);
  }

  private static Attributes attributes(
      FileStatus status, int permissions, ByteString symlinkTarget, LocalRoot root) {
    FileStatus.FileTime modified = status.modified();
    FileStatus.FileTime changed = status.changed();
    return new Attributes(
        type(status),
        permissions,
        status.uid(),
        status.gid(),
        status.size(),
        Era.nanos(modified.seconds(), modified.nano()),
        Era.nanos(changed.seconds(), changed.nano()),
        status.isRegular() ? FileTag.of(root.kind(), status) : "",
        symlinkTarget,
        Era.of(modified.seconds(), modified.nano()),
        Era.of(changed.seconds(), changed.nano()));
  }

  private static EntryType type(FileStatus status) {
    if (status.isRegular()) {
      return EntryType.REGULAR;
    }
    if (status.isDirectory()) {
      return EntryType.DIRECTORY;
    }
    return status.isSymlink() ? EntryType.SYMLINK : EntryType.OTHER;
  }
}
