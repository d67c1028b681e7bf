// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import static java.util.Objects.requireNonNull;

import io.railfs.base.MountInfo;
import io.railfs.worker.posix.FileStatus;
import io.railfs.worker.posix.Posix;
import io.railfs.worker.posix.PosixException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The root of a directory UFS, and whether it still is what it was: where its file system, or one
 * below it, is not mounted, an empty directory is in its place, and a job that lists it must not
 * take that for the dataset. Thread-safe.
 *
 * <pre>
 *   UNKNOWN (empty) --something is there--> KNOWN --another directory--> LOST
 *                                             ^                            |
 *                                             +---the same, not empty------+
 * </pre>
 */
final class LocalRoot {
  private static final Logger log = LoggerFactory.getLogger(LocalRoot.class);

  /** Beyond it, file systems below the root are taken as they come. */
  private static final int MOST_MOUNTS = 10_000;

  private static final String EMPTY =
      "the root of the UFS is empty: mount its file system, or fill it";

  private final Path path;

  /** The path, with one char for each byte. */
  private final String place;

  private final FileIdentity kind;

  /** What the directory was at the start; null as long as it was empty. Written under the lock. */
  private volatile String identity;

  /** What the directory is while all is well; else null. */
  private volatile FileStatus.Key key;

  /** Where another file system was seen below the root, by place. */
  private final ConcurrentMap<String, Below> below = new ConcurrentHashMap<>();

  private final AccessLists lists = new AccessLists();

  private record Below(FileStatus.Device device, String identity) {}

  private LocalRoot(Path path, FileIdentity kind) {
    this.path = requireNonNull(path, "path is null");
    this.place = FileNames.absoluteLatin1(path);
    this.kind = requireNonNull(kind, "kind is null");
  }

  /** Takes a directory that is there, by a path without symlinks, for what it is now. */
  static LocalRoot of(Path path, FileIdentity kind) throws IOException {
    LocalRoot root = new LocalRoot(path, kind);
    if (!isEmpty(path)) {
      root.begin(root.now());
    }
    return root;
  }

  Path path() {
    return path;
  }

  FileIdentity kind() {
    return kind;
  }

  AccessLists lists() {
    return lists;
  }

  /** What makes the directory itself. Never blocks. */
  String identity() throws IOException {
    String known = identity;
    if (known == null) {
      throw new IOException(EMPTY);
    }
    return known;
  }

  /** Opens the directory if it is the one of the start. The caller closes it. */
  DirectoryHandle open() throws IOException {
    DirectoryHandle directory = openAny();
    boolean good = false;
    try {
      if (!directory.status().key().equals(key)) {
        require();
      }
      good = true;
      return directory;
    } finally {
      if (!good) {
        directory.close();
      }
    }
  }

  /** As {@link #open}, for a question about the root itself, which may still be empty. */
  DirectoryHandle openItself() throws IOException {
    return identity == null ? openAny() : open();
  }

  private DirectoryHandle openAny() throws IOException {
    try {
      return DirectoryHandle.root(place);
    } catch (PosixException e) {
      if (!isAbsence(e)) {
        throw e;
      }
      // Not an answer about the path that was asked for: the whole UFS is away.
      key = null;
      throw new IOException("the root of the UFS has gone", e);
    }
  }

  /** Goes on where the directory is the right one, perhaps again. */
  private synchronized void require() throws IOException {
    FileStatus.Key now = now();
    if (now.equals(key)) {
      return;
    }
    if (isEmpty(path)) {
      key = null;
      throw new IOException(
          identity == null ? EMPTY : "the UFS is not what it was at the start: its root is empty");
    }
    if (identity == null) {
      begin(now);
      log.info("the UFS root {} is there now ({})", path, identity);
      return;
    }
    String found = RootIdentity.of(path, kind);
    if (!found.equals(identity)) {
      key = null;
      throw new IOException(
          "the UFS is not what it was at the start (it was "
              + identity
              + " and is "
              + found
              + "); mount it again, or restart the worker where the change is meant");
    }
    key = now;
    log.info("the UFS root {} is what it was at the start again", path);
  }

  private synchronized void begin(FileStatus.Key now) throws IOException {
    for (String at : MountInfo.read().placesBelow(place)) {
      if (below.size() < MOST_MOUNTS && Files.isDirectory(FileNames.absolute(at))) {
        crossed(at);
      }
    }
    identity = RootIdentity.of(path, kind);
    key = now;
  }

  /** A directory below the root was opened, from the one above it. */
  void entered(DirectoryHandle above, DirectoryHandle directory) throws IOException {
    FileStatus.Device device = directory.status().device();
    boolean crosses = !above.status().device().equals(device);
    if (!crosses && below.isEmpty()) {
      return;
    }
    Below known = below.get(directory.location());
    if (known == null && crosses && below.size() < MOST_MOUNTS) {
      crossed(directory.location());
    } else if (known != null && !known.device().equals(device)) {
      requireSame(directory.location(), known, crosses);
    }
  }

  private void crossed(String directory) throws IOException {
    FileStatus.Device device = statusOf(directory).device();
    below.put(directory, new Below(device, RootIdentity.of(FileNames.absolute(directory), kind)));
  }

  private void requireSame(String directory, Below known, boolean crosses) throws IOException {
    String found = crosses ? RootIdentity.of(FileNames.absolute(directory), kind) : "not mounted";
    boolean triggered = crosses && RootIdentity.isAutomount(known.identity());
    if (!triggered && !found.equals(known.identity())) {
      throw new IOException(
          "a file system below the root of the UFS is not what it was (it was "
              + known.identity()
              + " and is "
              + found
              + "); mount it again, or restart the worker where the change is meant");
    }
    crossed(directory);
  }

  private FileStatus.Key now() throws IOException {
    return statusOf(place).key();
  }

  private static FileStatus statusOf(String directory) throws IOException {
    try {
      return Posix.status(directory);
    } catch (PosixException e) {
      throw isAbsence(e) ? new IOException("the root of the UFS has gone", e) : e;
    }
  }

  private static boolean isAbsence(PosixException e) {
    return e.problem() == PosixException.Problem.NOT_FOUND
        || e.problem() == PosixException.Problem.NOT_A_DIRECTORY;
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      return !entries.iterator().hasNext();
    }
  }
}
