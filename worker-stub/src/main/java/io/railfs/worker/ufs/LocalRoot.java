package io.railfs.worker.ufs;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
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
  private final FileIdentity kind;

  /** What the directory was at the start; null as long as it was empty. Written under the lock. */
  private volatile String identity;

  /** Device and inode as they are while all is well; else null. */
  private volatile Object key;

  /** Where another file system was seen below the root, by place. */
  private final ConcurrentMap<String, Below> below = new ConcurrentHashMap<>();

  private final AccessLists lists = new AccessLists();

  private record Below(String device, String identity) {}

  private LocalRoot(Path path, FileIdentity kind) {
    this.path = requireNonNull(path, "path is null");
    this.kind = requireNonNull(kind, "kind is null");
  }

  /** Takes a directory that is there, by a path without symlinks, for what it is now. */
  static LocalRoot of(Path path, FileIdentity kind) throws IOException {
    LocalRoot root = new LocalRoot(path, kind);
    if (!isEmpty(path)) {
      root.begin(fileKey(path));
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
  OpenDirectory open() throws IOException {
    OpenDirectory directory = openAny();
    boolean good = false;
    try {
      if (!directory.attributes().fileKey().equals(key)) {
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
  OpenDirectory openItself() throws IOException {
    return identity == null ? openAny() : open();
  }

  private OpenDirectory openAny() throws IOException {
    try {
      return OpenDirectory.root(path);
    } catch (NoSuchFileException | NotDirectoryException e) {
      // Not an answer about the path that was asked for: the whole UFS is away.
      key = null;
      throw new IOException("the root of the UFS has gone", e);
    }
  }

  /** Goes on where the directory is the right one, perhaps again. */
  private synchronized void require() throws IOException {
    Object now = fileKey(path);
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

  private synchronized void begin(Object now) throws IOException {
    String place = FileNames.absoluteLatin1(path);
    for (String at : MountTable.read().below(place)) {
      Path directory = FileNames.absolute(at);
      if (below.size() < MOST_MOUNTS && Files.isDirectory(directory)) {
        crossed(directory);
      }
    }
    identity = RootIdentity.of(path, kind);
    key = now;
  }

  /** A directory below the root was opened, from the one above it. */
  void entered(OpenDirectory above, OpenDirectory directory) throws IOException {
    boolean crosses = !above.device().equals(directory.device());
    if (!crosses && below.isEmpty()) {
      return;
    }
    Below known = below.get(FileNames.absoluteLatin1(directory.location()));
    if (known == null && crosses && below.size() < MOST_MOUNTS) {
      crossed(directory.location());
    } else if (known != null && !known.device().equals(directory.device())) {
      requireSame(directory.location(), known, crosses);
    }
  }

  private void crossed(Path directory) throws IOException {
    below.put(
        FileNames.absoluteLatin1(directory),
        new Below(OpenDirectory.device(fileKey(directory)), RootIdentity.of(directory, kind)));
  }

  private void requireSame(Path directory, Below known, boolean crosses) throws IOException {
    String found = crosses ? RootIdentity.of(directory, kind) : "not mounted";
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

  private static Object fileKey(Path directory) throws IOException {
    try {
      return Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException e) {
      throw new IOException("the root of the UFS has gone", e);
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      return !entries.iterator().hasNext();
    }
  }
}
