package io.railfs.mount.fuse;

import jnr.ffi.Pointer;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/** The functions of the C library that the session needs. Errors are told by errno. */
public interface LibC {
  int open(String path, int flags);

  int close(int fd);

  /** Two descriptors, to read from and to write to. */
  int pipe2(Pointer descriptors, int flags);

  /**
   * Reads.
   *
   * @param buffer its address
   */
  @ssize_t
  long read(int fd, long buffer, @size_t long length);

  @ssize_t
  long write(int fd, Pointer buffer, @size_t long length);

  /**
   * Writes several pieces of memory at once.
   *
   * @param vector address of the first {@code struct iovec}
   */
  @ssize_t
  long writev(int fd, long vector, int count);
}
