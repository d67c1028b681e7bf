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
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Full attributes of one entry. Owner, mode and change time are only to be had by path, which a
 * swapped symlink could turn elsewhere; so the answer counts only if its device and inode are those
 * that the open directory tells of the entry.
 */
final class UnixAttributes {
  private static final String WANTED = "unix:mode,uid,gid,size,ino,ctime,lastModifiedTime,fileKey";

  /** A name that is another file this many times in a row is being fought over. */
  private static final int ATTEMPTS = 16;

  private static final int S_IFMT = 0170000;
  private static final int S_IFREG = 0100000;
  private static final int S_IFDIR = 0040000;
  private static final int S_IFLNK = 0120000;

  private UnixAttributes() {}

  /** The attributes of an entry of the directory. */
  static Attributes of(OpenDirectory directory, Path name, RailPath path, FileIdentity identity)
      throws IOException, UfsException {
    Path location = directory.locationOf(name);
    return retry(path, () -> attempt(directory, name, location, identity));
  }

  /** The attributes of the directory itself. */
  static Attributes of(OpenDirectory directory, RailPath path) throws IOException, UfsException {
    return retry(
        path,
        () -> {
          Map<String, Object> unix = ask(directory.locationOfItself(), directory.attributes());
          return unix == null ? null : attributes(unix, ByteString.EMPTY, "");
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

  /** Null where the path led to another file than the directory holds. */
  private static Attributes attempt(
      OpenDirectory directory, Path name, Path location, FileIdentity identity)
      throws IOException, LostException {
    BasicFileAttributes entry = directory.attributes(name);
    Map<String, Object> unix = ask(location, entry);
    if (unix == null) {
      return null;
    }
    if (!entry.isSymbolicLink()) {
      return attributes(unix, ByteString.EMPTY, entry.isRegularFile() ? tag(unix, identity) : "");
    }
    ByteString target = symlinkTarget(location, entry.size());
    boolean same = entry.fileKey().equals(directory.attributes(name).fileKey());
    return target != null && same ? attributes(unix, target, "") : null;
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

  private static Attributes attributes(
      Map<String, Object> unix, ByteString symlinkTarget, String etag) {
    int mode = (Integer) unix.get("mode");
    return new Attributes(
        type(mode),
        mode & 07777,
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
