package io.railfs.mount.fuse;

import jnr.ffi.Pointer;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/** The functions of the C library that the FUSE handshake needs. */
public interface LibC {
  int open(String path, int flags);

  @ssize_t
  long write(int fd, Pointer buffer, @size_t long length);
}
