package io.railfs.worker.ufs;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.FileType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
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
    ByteString target = symlinkTarget(location, entry.size());
    boolean same = entry.fileKey().equals(directory.attributes(name).fileKey());
    return target != null && same ? attributes(unix, null, target, "") : null;
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

  private static ByteString symlinkTarget(Path location, long length)
      throws IOException, LostException {
    try {
      String latin1 = FileNames.targetLatin1(Files.readSymbolicLink(location), length);
      return latin1.length() == length
          ? ByteString.copyFrom(latin1, StandardCharsets.ISO_8859_1)
          : null;
    } catch (FileSystemException e) {
      throw new LostException(e);
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
    return new Attributes(
        type(mode),
        list == null ? permissions : AccessList.restrict(permissions, list),
        (Integer) unix.get("uid"),
        (Integer) unix.get("gid"),
        (Long) unix.get("size"),
        nanos((FileTime) unix.get("lastModifiedTime")),
        nanos((FileTime) unix.get("ctime")),
        etag,
        symlinkTarget);
  }

  static long nanos(FileTime time) {
    return time.to(TimeUnit.NANOSECONDS);
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
