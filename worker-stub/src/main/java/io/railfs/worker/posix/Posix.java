// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.posix;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.protobuf.ByteString;
import io.railfs.base.OpenFlags;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * Directories and files by descriptor, what is in them, and extended attributes in every namespace.
 * Paths and names have one char for each byte. Thread-safe.
 */
public final class Posix {
  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_STATS = 0x7ff;

  /** Of the user's number in struct passwd, behind two pointers. */
  private static final int UID_OFFSET = 16;

  /** How the JVM writes paths. */
  private static final Charset PATHS =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

  private static final int EINTR = 4;
  private static final int EINVAL = 22;
  private static final int ERANGE = 34;
  private static final int ENODATA = 61;

  /** Linux's PATH_MAX: longer than any symlink's text. */
  private static final int LONGEST_PATH = 4096;

  /** What most values fit into. */
  private static final int SMALL = 256;

  /** Linux's XATTR_SIZE_MAX and XATTR_LIST_MAX. */
  private static final int LARGEST = 64 << 10;

  /** More than any struct statfs has. */
  private static final int STATFS_BYTES = 256;

  static final LibC LIBC = LibraryLoader.create(LibC.class).failImmediately().load("c");
  private static final Runtime RUNTIME = Runtime.getRuntime(LIBC);

  private Posix() {}

  /** Opens a directory by an absolute path; the caller closes it. */
  public static int openDirectory(String path) throws PosixException {
    return open(AT_FDCWD, path, OpenFlags.DIRECTORY);
  }

  /**
   * Opens a directory that another one has, itself and never by a symlink; the caller closes it.
   *
   * @param directory an open descriptor
   */
  public static int openDirectory(int directory, String name) throws PosixException {
    return open(directory, name, OpenFlags.DIRECTORY | OpenFlags.NOFOLLOW);
  }

  /**
   * Opens what a directory has by this name for reading, itself and never by a symlink, and never
   * waits for a writer where that is a fifo; the caller closes it.
   *
   * @param directory an open descriptor
   */
  public static int openFile(int directory, String name) throws PosixException {
    return open(directory, name, OpenFlags.NOFOLLOW | OpenFlags.NONBLOCK);
  }

  /** Opens a file by its path for reading alone, itself and never by a symlink. */
  public static int openFile(Path file) throws PosixException {
    byte[] bytes = file.toString().getBytes(PATHS);
    return open(AT_FDCWD, new String(bytes, ISO_8859_1), OpenFlags.NOFOLLOW);
  }

  /** The number of a user of this host; empty where there is none of this name. */
  public static OptionalInt user(String name) {
    Pointer entry = LIBC.getpwnam(name);
    return entry == null ? OptionalInt.empty() : OptionalInt.of(entry.getInt(UID_OFFSET));
  }

  private static int open(int directory, String name, int flags) throws PosixException {
    byte[] text = text(name);
    while (true) {
      int fd = LIBC.openat(directory, text, flags | OpenFlags.CLOEXEC);
      if (fd >= 0) {
        return fd;
      }
      int errno = errno();
      if (errno != EINTR) {
        throw new PosixException("open", errno);
      }
    }
  }

  /**
   * Reads from a place of an open file into what remains in {@code target}.
   *
   * @return bytes read, perhaps fewer; 0 at the end of the file
   */
  public static int read(int file, ByteBuffer target, long offset) throws PosixException {
    while (true) {
      long count = LIBC.pread(file, target, target.remaining(), offset);
      if (count >= 0) {
        target.position(target.position() + (int) count);
        return (int) count;
      }
      int errno = errno();
      if (errno != EINTR) {
        throw new PosixException("read", errno);
      }
    }
  }

  public static void close(int fd) throws PosixException {
    if (LIBC.close(fd) < 0) {
      throw new PosixException("close", errno());
    }
  }

  /** The number by which the kernel knows the type of the file system of a descriptor. */
  public static long fileSystemType(int fd) throws PosixException {
    byte[] result = new byte[STATFS_BYTES];
    if (LIBC.fstatfs(fd, result) < 0) {
      throw new PosixException("fstatfs", errno());
    }
    return ByteBuffer.wrap(result).order(ByteOrder.nativeOrder()).getLong(0) & 0xffffffffL;
  }

  /** Where the kernel shows what a descriptor stands for, wherever that was moved. */
  public static String path(int fd) {
    return "/proc/self/fd/" + fd;
  }

  /** What an open descriptor stands for. */
  public static FileStatus status(int descriptor) throws PosixException {
    return status(descriptor, "");
  }

  /** What an absolute path leads to; a symlink at its end is itself. */
  public static FileStatus status(String path) throws PosixException {
    return status(AT_FDCWD, path);
  }

  /**
   * What an entry of a directory is, itself.
   *
   * @param directory an open descriptor
   * @param name with one char for each byte; empty for the directory
   */
  public static FileStatus status(int directory, String name) throws PosixException {
    byte[] result = new byte[FileStatus.BYTES];
    int flags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
    if (LIBC.statx(directory, text(name), flags, STATX_BASIC_STATS, result) < 0) {
      throw new PosixException("statx", errno());
    }
    return FileStatus.of(result);
  }

  /** The text of a symlink that a directory has by this name; null where it is something else. */
  public static ByteString link(int directory, String name) throws PosixException {
    byte[] target = new byte[LONGEST_PATH];
    long size = LIBC.readlinkat(directory, text(name), target, target.length);
    if (size >= 0) {
      return ByteString.copyFrom(target, 0, (int) size);
    }
    int errno = errno();
    if (errno == EINVAL) {
      return null;
    }
    throw new PosixException("readlinkat", errno);
  }

  /** The value of an extended attribute of what the path names, itself; null where it has none. */
  public static byte[] attribute(String path, ByteString name) throws PosixException {
    byte[] file = text(path);
    byte[] key = Arrays.copyOf(name.toByteArray(), name.size() + 1);
    for (byte[] value = new byte[SMALL]; ; value = new byte[LARGEST]) {
      long size = LIBC.lgetxattr(file, key, value, value.length);
      if (size >= 0) {
        return Arrays.copyOf(value, (int) size);
      }
      int errno = errno();
      if (errno == ENODATA) {
        return null;
      }
      if (errno != ERANGE || value.length == LARGEST) {
        throw new PosixException("lgetxattr", errno);
      }
    }
  }

  /** The names of the extended attributes of what the path names, itself. */
  public static List<ByteString> attributes(String path) throws PosixException {
    byte[] names = new byte[LARGEST];
    long size = LIBC.llistxattr(text(path), names, names.length);
    if (size < 0) {
      throw new PosixException("llistxattr", errno());
    }
    List<ByteString> found = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < size; i++) {
      if (names[i] == 0) {
        found.add(ByteString.copyFrom(names, start, i - start));
        start = i + 1;
      }
    }
    return found;
  }

  /** The C library's words for an error. */
  static String meaning(int errno) {
    return LIBC.strerror(errno);
  }

  static byte[] text(String path) {
    byte[] bytes = path.getBytes(ISO_8859_1);
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  static int errno() {
    return LastError.getLastError(RUNTIME);
  }
}
