package io.railfs.worker.ufs;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
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

/**
 * A directory of this machine as a UFS: a local disk, or NFS, Lustre and the like. A file version
 * is its size and modification time.
 *
 * <p>Needs read permission on every directory it goes through. The one window that java.nio leaves
 * open: a directory that becomes a fifo between the check of its type and its opening blocks that
 * one request.
 */
public final class FileUfs implements Ufs {
  private final Path root;
  private final FileStore store;

  private FileUfs(Path root, FileStore store) {
    this.root = root;
    this.store = store;
  }

  /**
   * Opens a root, whose own symlinks are resolved once, here.
   *
   * @throws UfsException with one sentence where it is missing, no directory or not readable
   */
  public static FileUfs open(Path root) throws UfsException {
    requireNonNull(root, "root is null");
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
      return new FileUfs(real, Files.getFileStore(real));
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
  public Attributes stat(RailPath path) throws UfsException {
    try (OpenDirectory parent = OpenDirectory.parentOf(root, path)) {
      return path.isRoot()
          ? UnixAttributes.of(parent, path)
          : UnixAttributes.of(parent, FileNames.toPath(path.nameLatin1()), path);
    } catch (IOException e) {
      throw FileErrors.of(path, e);
    }
  }

  @Override
  public Listing list(RailPath path) throws UfsException {
    try {
      return new FileListing(OpenDirectory.of(root, path), path);
    } catch (IOException e) {
      throw FileErrors.of(path, e);
    }
  }

  @Override
  public Map<ByteString, ByteString> xattrs(RailPath path) throws UfsException {
    try (OpenDirectory parent = OpenDirectory.parentOf(root, path)) {
      if (path.isRoot()) {
        return FileXattrs.read(root, path);
      }
      Path name = FileNames.toPath(path.nameLatin1());
      BasicFileAttributes before = parent.attributes(name);
      if (!before.isRegularFile() && !before.isDirectory()) {
        return Map.of();
      }
      Path location = parent.location().resolve(name);
      Map<ByteString, ByteString> found = FileXattrs.read(location, path);
      // The attributes were read by path: they count only if that still leads to this file.
      if (!sameFile(before, parent.attributes(name)) || !sameFile(before, location)) {
        throw FileErrors.restless(path);
      }
      return found;
    } catch (IOException e) {
      throw FileErrors.of(path, e);
    }
  }

  @Override
  public Space space() throws UfsException {
    try {
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
      requireVersion(path, version, before);
      try (SeekableByteChannel file = parent.openFile(name)) {
        // Looked at again with the file open: it is this one that must have the version.
        requireSame(path, version, before, parent.attributes(name));
        readFully(file, path, offset, target);
      }
      requireSame(path, version, before, parent.attributes(name));
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

  private static void requireSame(
      RailPath path, FileVersion version, BasicFileAttributes before, BasicFileAttributes now)
      throws UfsException {
    requireVersion(path, version, now);
    if (!sameFile(before, now)) {
      throw stale(path);
    }
  }

  private static void requireVersion(RailPath path, FileVersion version, BasicFileAttributes now)
      throws UfsException {
    if (now.size() != version.size()
        || UnixAttributes.nanos(now.lastModifiedTime()) != version.mtimeNanos()
        || !version.etag().isEmpty()) {
      throw stale(path);
    }
  }

  private static boolean sameFile(BasicFileAttributes one, BasicFileAttributes other) {
    return one.fileKey().equals(other.fileKey());
  }

  private static boolean sameFile(BasicFileAttributes one, Path location) throws IOException {
    return sameFile(one, Files.readAttributes(location, BasicFileAttributes.class, NOFOLLOW_LINKS));
  }

  private static UfsException stale(RailPath path) {
    return new UfsException(
        ErrorCode.STALE, "'" + path + "' no longer has the version that was asked for");
  }

  /** Holds nothing between calls. */
  @Override
  public void close() {}
}
