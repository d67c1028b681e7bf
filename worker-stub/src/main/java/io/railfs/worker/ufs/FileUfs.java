// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.posix.FileStatus;
import io.railfs.worker.posix.Posix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory of this machine as a UFS: a local disk, or NFS, Lustre and the like. A file version
 * is its size, modification time and {@link FileTag}.
 *
 * <p>Needs read permission on every directory it goes through.
 */
public final class FileUfs implements Ufs {
  private static final Logger log = LoggerFactory.getLogger(FileUfs.class);

  private final LocalRoot root;
  private final FileStore store;
  private final DirectoryWatches watches = new DirectoryWatches();

  private FileUfs(LocalRoot root, FileStore store) {
    this.root = root;
    this.store = store;
  }

  /** As {@link #open(Path, FileIdentity)}, by inode. */
  public static FileUfs open(Path root) throws UfsException {
    return open(root, FileIdentity.INODE);
  }

  /**
   * Opens a root, whose own symlinks are resolved once, here. One that is empty, as where its file
   * system is not mounted yet, is not taken for a dataset: until something is there every question
   * fails, but for the attributes of the root itself.
   *
   * @throws UfsException with one sentence where it is missing, no directory or not readable
   */
  public static FileUfs open(Path root, FileIdentity identity) throws UfsException {
    requireNonNull(root, "root is null");
    requireNonNull(identity, "identity is null");
    try {
      Path real = root.toRealPath();
      if (!Files.isDirectory(real)) {
        throw new UfsException(
            ErrorCode.NOT_A_DIRECTORY,
            "the UFS root " + root + " is not a directory; set railfs.worker.ufs to one");
      }
      if (!Files.isReadable(real) || !Files.isExecutable(real)) {
        throw new UfsException(
            ErrorCode.ACCESS_DENIED,
            "the UFS root " + root + " is not readable for this user; change its permissions");
      }
      return new FileUfs(LocalRoot.of(real, identity), Files.getFileStore(real));
    } catch (NoSuchFileException e) {
      throw new UfsException(
          ErrorCode.NOT_FOUND,
          "the UFS root " + root + " does not exist; create or mount it, or set railfs.worker.ufs",
          e);
    } catch (IOException e) {
      throw new UfsException(
          ErrorCode.UFS_FAILED, "the UFS root " + root + " cannot be opened: " + e, e);
    }
  }

  @Override
  public void probe(long millis) throws UfsException {
    try (DirectoryHandle asked = root.open()) {
      log.trace("{} is as it was", asked.location());
    } catch (IOException e) {
      throw FileErrors.ofRoot(e);
    }
  }

  @Override
  public Attributes stat(RailPath path) throws UfsException {
    try (DirectoryHandle parent =
        path.isRoot() ? root.openItself() : DirectoryHandle.parentOf(root, path)) {
      return path.isRoot()
          ? UnixAttributes.of(parent, path, root)
          : UnixAttributes.of(parent, path.nameLatin1(), path, root);
    } catch (IOException e) {
      throw FileErrors.of(path, e);
    }
  }

  @Override
  public String identity(RailPath path) throws UfsException {
    try {
      return root.identity();
    } catch (IOException e) {
      throw FileErrors.of(path, e);
    }
  }

  @Override
  public Listing list(RailPath path) throws UfsException {
    return list(path, directory -> Watch.NONE);
  }

  @Override
  public Listing listWatched(RailPath path, Runnable changed) throws UfsException {
    return list(path, directory -> watches.watch(directory.descriptor(), changed));
  }

  private interface Watching {
    Watch watch(DirectoryHandle directory) throws IOException;
  }

  private Listing list(RailPath path, Watching watching) throws UfsException {
    try {
      DirectoryHandle directory = DirectoryHandle.of(root, path);
      Watch watch = Watch.NONE;
      boolean done = false;
      try {
        watch = watching.watch(directory);
        Listing listing = new FileListing(directory, path, root, watch);
        done = true;
        return listing;
      } finally {
        if (!done) {
          watch.close();
          directory.close();
        }
      }
    } catch (IOException e) {
      throw FileErrors.of(path, e);
    }
  }

  @Override
  public Map<ByteString, ByteString> xattrs(RailPath path) throws UfsException {
    try (DirectoryHandle parent = DirectoryHandle.parentOf(root, path)) {
      if (path.isRoot()) {
        return FileXattrs.read(parent.place() + "/.", path);
      }
      FileStatus before = parent.status(path.nameLatin1());
      if (!before.isRegular() && !before.isDirectory()) {
        return Map.of();
      }
      Map<ByteString, ByteString> found =
          FileXattrs.read(parent.place() + "/" + path.nameLatin1(), path);
      // All of one file.
      if (!before.key().equals(parent.status(path.nameLatin1()).key())) {
        throw FileErrors.restless(path);
      }
      return found;
    } catch (IOException e) {
      throw FileErrors.of(path, e);
    }
  }

  @Override
  public Space space() throws UfsException {
    try (DirectoryHandle asked = root.openItself()) {
      log.trace("space of {}", asked.location());
      return new Space(store.getTotalSpace(), store.getUnallocatedSpace(), store.getUsableSpace());
    } catch (IOException e) {
      throw FileErrors.of(RailPath.ROOT, e);
    }
  }

  @Override
  public void read(RailPath path, FileVersion version, long offset, ByteBuffer target)
      throws UfsException {
    if (path.isRoot()) {
      throw DirectoryHandle.notAFile(path);
    }
    int file = openFile(path);
    try {
      // Asked of the file that is open, before and after: what was read is of this version.
      requireVersion(path, version, file);
      readFully(file, path, offset, target);
      requireVersion(path, version, file);
    } catch (IOException e) {
      throw FileErrors.of(path, e);
    } finally {
      close(path, file);
    }
  }

  /** The descriptor of a regular file, for the caller to close. */
  private int openFile(RailPath path) throws UfsException {
    try (DirectoryHandle parent = DirectoryHandle.parentOf(root, path)) {
      // Asked first: to open a device may do something.
      if (!parent.status(path.nameLatin1()).isRegular()) {
        throw DirectoryHandle.notAFile(path);
      }
      return Posix.openFile(parent.descriptor(), path.nameLatin1());
    } catch (IOException e) {
      throw FileErrors.of(path, e);
    }
  }

  private static void close(RailPath path, int file) {
    try {
      Posix.close(file);
    } catch (IOException e) {
      log.warn("closing {} of the UFS failed; its descriptor may be lost", path, e);
    }
  }

  private static void readFully(int file, RailPath path, long offset, ByteBuffer target)
      throws IOException, UfsException {
    long at = offset;
    while (target.hasRemaining()) {
      int count = Posix.read(file, target, at);
      if (count == 0) {
        throw stale(path);
      }
      at += count;
    }
  }

  private void requireVersion(RailPath path, FileVersion version, int file)
      throws IOException, UfsException {
    FileStatus status = Posix.status(file);
    if (!status.isRegular()) {
      throw DirectoryHandle.notAFile(path);
    }
    FileVersion now = UnixAttributes.version(status, root);
    if (!now.equals(version)) {
      throw now.size() == version.size() && now.mtimeNanos() == version.mtimeNanos()
          ? otherFile(path)
          : stale(path);
    }
  }

  private static UfsException stale(RailPath path) {
    return new UfsException(
        ErrorCode.STALE, "'" + path + "' no longer has the version that was asked for");
  }

  /** Where this comes again and again, the operator has to choose. */
  private static UfsException otherFile(RailPath path) {
    return new UfsException(
        ErrorCode.STALE,
        "'"
            + path
            + "' has the size and time that were asked for, but is another file or was changed;"
            + " where workers have copies of the dataset of their own, set"
            + " railfs.worker.file-identity = times for all of them");
  }

  /** Directories that are watched now. */
  int watches() {
    return watches.count();
  }

  /** Holds nothing between calls but watches. */
  @Override
  public void close() {
    watches.close();
  }
}
