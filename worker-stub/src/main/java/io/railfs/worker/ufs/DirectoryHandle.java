// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.posix.FileStatus;
import io.railfs.worker.posix.Posix;
import io.railfs.worker.posix.PosixException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;

/**
 * A directory of the UFS held by a descriptor. It is reached from the root one component at a time,
 * each opened in the one before and never through a symlink, so no rename or swap of a symlink can
 * lead out of the root. Names have one char for each byte. Not thread-safe; its owner closes it.
 */
final class DirectoryHandle implements AutoCloseable {
  /** -1 once closed: the number may be another file's by then. */
  private int descriptor;

  private final FileStatus status;

  /** Where the directory was found; only for questions whose answers are checked afterwards. */
  private final String location;

  private DirectoryStream<Path> stream;

  private DirectoryHandle(int descriptor, String location) throws PosixException {
    this.descriptor = descriptor;
    this.location = location;
    boolean good = false;
    try {
      status = Posix.status(descriptor);
      good = true;
    } finally {
      if (!good) {
        Posix.close(descriptor);
      }
    }
  }

  /** Opens the directory that holds {@code path}; for the root, the root itself. */
  static DirectoryHandle parentOf(LocalRoot root, RailPath path) throws IOException {
    String[] names = path.componentsLatin1();
    return open(root, names, Math.max(0, names.length - 1));
  }

  static DirectoryHandle of(LocalRoot root, RailPath path) throws IOException {
    String[] names = path.componentsLatin1();
    return open(root, names, names.length);
  }

  private static DirectoryHandle open(LocalRoot root, String[] names, int depth)
      throws IOException {
    DirectoryHandle directory = root.open();
    for (int i = 0; i < depth; i++) {
      DirectoryHandle above = directory;
      try (above) {
        directory = above.enter(names[i]);
        boolean good = false;
        try {
          root.entered(above, directory);
          good = true;
        } finally {
          if (!good) {
            directory.close();
          }
        }
      }
    }
    return directory;
  }

  /** Opens a root, whatever is there now. */
  static DirectoryHandle root(String path) throws PosixException {
    return new DirectoryHandle(Posix.openDirectory(path), path);
  }

  private DirectoryHandle enter(String name) throws PosixException {
    String place = location.endsWith("/") ? location + name : location + "/" + name;
    return new DirectoryHandle(Posix.openDirectory(descriptor, name), place);
  }

  /** An absolute path. */
  String location() {
    return location;
  }

  /**
   * A path that leads to this very directory, whatever becomes of its name. What is asked by it and
   * a name is asked of the entry that the directory has.
   */
  String place() {
    return Posix.path(descriptor);
  }

  /** The descriptor, which stays this directory's. */
  int descriptor() {
    return descriptor;
  }

  /** What the directory itself was when it was opened. */
  FileStatus status() {
    return status;
  }

  /** What an entry is, itself. */
  FileStatus status(String name) throws PosixException {
    return Posix.status(descriptor, name);
  }

  /** Names in the order of the UFS. Its {@code hasNext} fails with the cause of the trouble. */
  @SuppressWarnings("StreamResourceLeak") // closed with the directory
  Iterator<Path> names() throws IOException {
    stream = Files.newDirectoryStream(Path.of(place()));
    return stream.iterator();
  }

  /** The next name, or null. */
  static Path next(Iterator<Path> names) throws IOException {
    try {
      return names.hasNext() ? names.next().getFileName() : null;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      if (stream != null) {
        stream.close();
      }
    } finally {
      int open = descriptor;
      descriptor = -1;
      if (open >= 0) {
        Posix.close(open);
      }
    }
  }

  static UfsException notAFile(RailPath path) {
    return new UfsException(ErrorCode.NOT_A_FILE, "'" + path + "' is not a regular file");
  }
}
