package io.railfs.worker.ufs;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.Era;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.FileType;
import io.railfs.worker.posix.Posix;
import io.railfs.worker.posix.PosixException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Full attributes of one entry. Owner, mode and change time are only to be had by path, which a
 * swapped symlink could turn elsewhere; so the answer counts only if its device and inode are those
 * that the open directory tells of the entry.
 */
final class UnixAttributes {
  private static final String WANTED =
      "unix:mode,uid,gid,size,ino,ctime,lastModifiedTime,fileKey,permissions";

  /** A name that is another file this many times in a row is being fought over. */
  private static final int ATTEMPTS = 16;

  private static final int S_IFMT = 0170000;
  private static final int S_IFREG = 0100000;
  private static final int S_IFDIR = 0040000;
  private static final int S_IFLNK = 0120000;

  private UnixAttributes() {}

  /** The attributes of an entry of the directory. */
  static Attributes of(OpenDirectory directory, Path name, RailPath path, LocalRoot root)
      throws IOException, UfsException {
    Path location = directory.locationOf(name);
    return retry(path, () -> attempt(directory, name, location, root));
  }

  /** The attributes of the directory itself. */
  static Attributes of(OpenDirectory directory, RailPath path, LocalRoot root)
      throws IOException, UfsException {
    return retry(
        path,
        () -> {
          PosixFileAttributes itself = directory.attributes();
          byte[] list = root.lists().of(directory, ".", itself);
          Map<String, Object> unix = ask(directory.locationOfItself(), itself);
          return unix == null || isChanged(itself, unix)
              ? null
              : attributes(unix, list, ByteString.EMPTY, "");
        });
  }

  private static Attributes retry(RailPath path, Attempt attempt) throws IOException, UfsException {
    LostException lost = null;
    for (int i = 0; i < ATTEMPTS; i++) {
      try {
        Attributes attributes = attempt.run();
        if (attributes != null) {
          return attributes;
        }
      } catch (LostException e) {
        lost = e;
      }
    }
    if (lost != null && !(lost.getCause() instanceof NoSuchFileException)) {
      throw FileErrors.of(path, lost.failure());
    }
    throw FileErrors.restless(path);
  }

  /** Null where the path led to another file than the directory holds, or it was just changed. */
  private static Attributes attempt(
      OpenDirectory directory, Path name, Path location, LocalRoot root)
      throws IOException, LostException {
    PosixFileAttributes entry = directory.attributes(name);
    byte[] list = list(directory, name, entry, root);
    Map<String, Object> unix = ask(location, entry);
    if (unix == null || isChanged(entry, unix)) {
      return null;
    }
    if (!entry.isSymbolicLink()) {
      String etag = entry.isRegularFile() ? tag(unix, root.kind()) : "";
      return attributes(unix, list, ByteString.EMPTY, etag);
    }
    ByteString target = symlinkTarget(directory, name);
    boolean same = entry.fileKey().equals(directory.attributes(name).fileKey());
    return target != null && target.size() == entry.size() && same
        ? attributes(unix, null, target, "")
        : null;
  }

  private static byte[] list(
      OpenDirectory directory, Path name, PosixFileAttributes entry, LocalRoot root)
      throws IOException, LostException {
    try {
      return root.lists().of(directory, FileNames.toLatin1(name), entry);
    } catch (NoSuchFileException e) {
      throw new LostException(e);
    }
  }

  /**
   * Whether the mode is another one than before the access control list was asked for: the two
   * would not belong together.
   */
  private static boolean isChanged(PosixFileAttributes before, Map<String, Object> unix) {
    return !before.permissions().equals(unix.get("permissions"));
  }

  /** What the path tells, or null where that is another file than expected. */
  private static Map<String, Object> ask(Path location, BasicFileAttributes expected)
      throws IOException, LostException {
    try {
      Map<String, Object> unix = Files.readAttributes(location, WANTED, NOFOLLOW_LINKS);
      return expected.fileKey().equals(unix.get("fileKey")) ? unix : null;
    } catch (FileSystemException e) {
      throw new LostException(e);
    }
  }

  /** Null where it is no symlink any more. */
  private static ByteString symlinkTarget(OpenDirectory directory, Path name)
      throws IOException, LostException {
    try {
      return Posix.link(directory.place() + "/" + FileNames.toLatin1(name));
    } catch (PosixException e) {
      if (e.problem() == PosixException.Problem.NOT_FOUND) {
        throw new LostException(new NoSuchFileException(name.toString()));
      }
      throw e;
    }
  }

  private interface Attempt {
    Attributes run() throws IOException, LostException;
  }

  /** The path failed although the open directory has the entry: the way to it is changing. */
  private static final class LostException extends Exception {
    private static final long serialVersionUID = 1;

    LostException(FileSystemException cause) {
      super(cause);
    }

    FileSystemException failure() {
      return (FileSystemException) getCause();
    }
  }

  private static String tag(Map<String, Object> unix, FileIdentity identity) {
    return FileTag.of(
        identity,
        (Long) unix.get("ino"),
        (FileTime) unix.get("lastModifiedTime"),
        (FileTime) unix.get("ctime"));
  }

  /**
   * @param list the access control list, or null
   */
  private static Attributes attributes(
      Map<String, Object> unix, byte[] list, ByteString symlinkTarget, String etag) {
    int mode = (Integer) unix.get("mode");
    int permissions = mode & 07777;
    FileTime mtime = (FileTime) unix.get("lastModifiedTime");
    FileTime ctime = (FileTime) unix.get("ctime");
    return new Attributes(
        type(mode),
        list == null ? permissions : AccessList.restrict(permissions, list),
        (Integer) unix.get("uid"),
        (Integer) unix.get("gid"),
        (Long) unix.get("size"),
        nanos(mtime),
        nanos(ctime),
        etag,
        symlinkTarget,
        era(mtime),
        era(ctime));
  }

  /** The low 64 bits of the nanoseconds since the epoch. */
  static long nanos(FileTime time) {
    long nanos = time.to(TimeUnit.NANOSECONDS);
    if (!isBeyond(nanos)) {
      return nanos;
    }
    Instant instant = time.toInstant();
    return Era.nanos(instant.getEpochSecond(), instant.getNano());
  }

  private static int era(FileTime time) {
    if (!isBeyond(time.to(TimeUnit.NANOSECONDS))) {
      return 0;
    }
    Instant instant = time.toInstant();
    return Era.of(instant.getEpochSecond(), instant.getNano());
  }

  /** What a conversion gives that does not fit. */
  private static boolean isBeyond(long nanos) {
    return nanos == Long.MAX_VALUE || nanos == Long.MIN_VALUE;
  }

  private static FileType type(int mode) {
    return switch (mode & S_IFMT) {
      case S_IFREG -> FileType.REGULAR;
      case S_IFDIR -> FileType.DIRECTORY;
      case S_IFLNK -> FileType.SYMLINK;
      default -> FileType.OTHER;
    };
  }
}
