// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.local;

import jnr.ffi.annotations.Out;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/** The functions of the C library that reading by descriptor needs. Errors are in errno. */
public interface LibC {
  /**
   * Reads from a place.
   *
   * @param buffer its address
   */
  @ssize_t
  long pread(int fd, long buffer, @size_t long length, @off_t long offset);

  /**
   * Reads from a place into several pieces of memory.
   *
   * @param vector address of the first {@code struct iovec}
   */
  @ssize_t
  long preadv2(int fd, long vector, int count, @off_t long offset, int flags);

  int fstatfs(int fd, @Out byte[] result);

  String strerror(int number);

  int geteuid();
}
