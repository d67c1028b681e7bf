// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.local;

import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/**
 * The functions of the C library that getting descriptors and reading by them needs. Errors are in
 * errno.
 */
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

  int socket(int domain, int type, int protocol);

  int setsockopt(int fd, int level, int name, @In byte[] value, int length);

  int connect(int fd, @In byte[] address, int length);

  @ssize_t
  long send(int fd, @In byte[] bytes, @size_t long length, int flags);

  /**
   * Receives bytes and what comes with them.
   *
   * @param message address of a {@code struct msghdr}
   */
  @ssize_t
  long recvmsg(int fd, long message, int flags);

  int close(int fd);
}
