package io.railfs.mount.fuse;

import jnr.ffi.annotations.Delegate;

/**
 * The shapes of libfuse's callbacks. jnr-fuse has such interfaces too, but with paths as Strings,
 * which lose every name that is not valid in the JVM's charset, and with a Pointer object made for
 * each argument of each call. Here an argument is what the machine passes: pointers, sizes and
 * offsets are 64 bits, flags and modes 32.
 */
final class Callbacks {
  private Callbacks() {}

  /** {@code f(path)}. */
  public interface Path {
    @Delegate
    int call(long path);
  }

  /**
   * {@code f(path, pointer)}: getattr, statfs, open, release, opendir, releasedir, flush, utimens,
   * unlink-like pairs.
   */
  public interface PathPointer {
    @Delegate
    int call(long path, long pointer);
  }

  /** {@code f(path, int)}: access, mkdir, chmod. */
  public interface PathInt {
    @Delegate
    int call(long path, int value);
  }

  /** {@code f(path, int, long)}: mknod, chown (whose last is 32 bits, in the low half), create. */
  public interface PathIntLong {
    @Delegate
    int call(long path, int value, long other);
  }

  /** {@code f(path, buffer, size)}: readlink, listxattr. */
  public interface PathBuffer {
    @Delegate
    int call(long path, long buffer, long size);
  }

  /** {@code read(path, buffer, size, offset, info)}. */
  public interface Read {
    @Delegate
    int call(long path, long buffer, long size, long offset, long info);
  }

  /** {@code readdir(path, buffer, filler, offset, info)}. */
  public interface ReadDir {
    @Delegate
    int call(long path, long buffer, long filler, long offset, long info);
  }

  /** {@code getxattr(path, name, value, size)}. */
  public interface GetXattr {
    @Delegate
    int call(long path, long name, long value, long size);
  }

  /** {@code setxattr(path, name, value, size, flags)}. */
  public interface SetXattr {
    @Delegate
    int call(long path, long name, long value, long size, int flags);
  }

  /** {@code fallocate(path, mode, offset, length, info)}. */
  public interface Fallocate {
    @Delegate
    int call(long path, int mode, long offset, long length, long info);
  }
}
