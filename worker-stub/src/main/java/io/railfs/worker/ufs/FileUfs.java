package io.railfs.worker.ufs;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory of this machine as a UFS: a local disk, or NFS, Lustre and the like. A file version
 * is its size, modification time and {@link FileTag}.
 *
 * <p>Needs read permission on every directory it goes through. The one window that java.nio leaves
 * open: a directory that becomes a fifo between the check of its type and its opening blocks that
 * one request.
 */
public final class FileUfs implements Ufs {
  private static final Logger log = LoggerFactory.getLogger(FileUfs.class);

  private final LocalRoot root;
  private final FileStore store;

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
    try (OpenDirectory asked = root.open()) {
      log.trace("{} is as it was", asked.location());
    } catch (IOException e) {
      throw FileErrors.ofRoot(e);
    }
  }

  @Override
  public Attributes stat(RailPath path) throws UfsException {
    try (OpenDirectory parent =
        path.isRoot() ? root.openItself() : OpenDirectory.parentOf(root, path)) {
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
    try {
      return new FileListing(OpenDirectory.of(root, path), path, root);
    } catch (IOException e) {
      throw FileErrors.of(path, e);
    }
  }

  @Override
  public Map<ByteString, ByteString> xattrs(RailPath path) throws UfsException {
    try (OpenDirectory parent = OpenDirectory.parentOf(root, path)) {
      if (path.isRoot()) {
        return FileXattrs.read(parent.place() + "/.", path);
      }
      Path name = FileNames.toPath(path.nameLatin1());
      BasicFileAttributes before = parent.attributes(name);
      if (!before.isRegularFile() && !before.isDirectory()) {
        return Map.of();
      }
      Map<ByteString, ByteString> found =
          FileXattrs.read(parent.place() + "/" + path.nameLatin1(), path);
      // All of one file.
      if (!sameFile(before, parent.attributes(name))) {
        throw FileErrors.restless(path);
      }
      return found;
    } catch (IOException e) {
      throw FileErrors.of(path, e);
    }
  }

  @Override
  public Space space() throws UfsException {
    try (OpenDirectory asked = root.openItself()) {
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
      throw OpenDirectory.notAFile(path);
    }
    try (OpenDirectory parent = OpenDirectory.parentOf(root, path)) {
      Path name = FileNames.toPath(path.nameLatin1());
      BasicFileAttributes before = parent.attributes(name);
      if (!before.isRegularFile()) {
        throw OpenDirectory.notAFile(path);
      }
      try (SeekableByteChannel file = parent.openFile(name)) {
        // Looked at with the file open: it is this one that must have the version.
        requireSame(path, version, before, parent, name);
        readFully(file, path, offset, target);
      }
      requireSame(path, version, before, parent, name);
    } catch (IOException e) {
      throw FileErrors.of(path, e);
    }
  }

  private static void readFully(
      SeekableByteChannel file, RailPath path, long offset, ByteBuffer target)
      throws IOException, UfsException {
    file.position(offset);
    while (target.hasRemaining()) {
      if (file.read(target) < 0) {
        throw stale(path);
      }
    }
  }

  /** The name is the file that was opened, and that has the version. */
  private void requireSame(
      RailPath path,
      FileVersion version,
      BasicFileAttributes opened,
      OpenDirectory parent,
      Path name)
      throws IOException, UfsException {
    FileVersion now = UnixAttributes.of(parent, path.nameLatin1(), path, root).version();
    if (!now.equals(version) || !sameFile(opened, parent.attributes(name))) {
      throw now.size() == version.size() && now.mtimeNanos() == version.mtimeNanos()
          ? otherFile(path)
          : stale(path);
    }
  }

  private static boolean sameFile(BasicFileAttributes one, BasicFileAttributes other) {
    return one.fileKey().equals(other.fileKey());
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

  /** Holds nothing between calls. */
  @Override
  public void close() {}
}
