// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.kernel;

import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.mode_t;
import jnr.ffi.types.size_t;

/** The functions, with paths as bytes that end in a NUL. Errors are reported by errno. */
public interface LibC {
  int open(@In byte[] path, int flags);

  int close(int fd);

  int fcntl(int fd, int command, long argument);

  int mkdir(@In byte[] path, @mode_t int mode);

  int rmdir(@In byte[] path);

  int mount(@In byte[] source, @In byte[] target, @In byte[] type, long flags, @In byte[] options);

  int umount2(@In byte[] path, int flags);

  int fstatfs(int fd, @Out byte[] result);

  int poll(@In @Out byte[] descriptors, @size_t long count, int millis);

  /**
   * Calls that the C libraries of current distributions have no function for. The sixth argument is
   * one that none of them has: jffi passes the last of exactly six integers wrongly on x86-64.
   */
  long syscall(
      long number, long first, long second, long third, long fourth, long fifth, long sixth);

  String strerror(int number);
}
