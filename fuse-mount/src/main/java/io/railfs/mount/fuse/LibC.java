// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/** The functions of the C library that the session needs. Errors are in errno. */
public interface LibC {
  int close(int fd);

  /**
   * Reads.
   *
   * @param buffer its address
   */
  @ssize_t
  long read(int fd, long buffer, @size_t long length);

  /**
   * Writes.
   *
   * @param buffer its address
   */
  @ssize_t
  long write(int fd, long buffer, @size_t long length);

  /**
   * Writes several pieces of memory at once.
   *
   * @param vector address of the first {@code struct iovec}
   */
  @ssize_t
  long writev(int fd, long vector, int count);
}
