// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.posix;

import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/** The functions, with paths and names as bytes that end in a NUL. Errors are reported by errno. */
public interface LibC {
  int openat(int directory, @In byte[] name, int flags);

  @ssize_t
  long pread(int fd, @Out ByteBuffer target, @size_t long size, @off_t long offset);

  String strerror(int number);

  int close(int fd);

  /** The entry of a user, of this thread until the next call; null where there is none. */
  Pointer getpwnam(String name);

  int statx(int directory, @In byte[] name, int flags, int mask, @Out byte[] result);

  int fstatfs(int fd, @Out byte[] result);

  int inotify_init1(int flags);

  int inotify_add_watch(int fd, @In byte[] path, int mask);

  int inotify_rm_watch(int fd, int watch);

  int poll(@In @Out byte[] descriptors, @size_t long count, int millis);

  @ssize_t
  long read(int fd, @Out byte[] buffer, @size_t long size);

  @ssize_t
  long readlinkat(int directory, @In byte[] name, @Out byte[] target, @size_t long size);

  @ssize_t
  long lgetxattr(@In byte[] path, @In byte[] name, @Out byte[] value, @size_t long size);

  @ssize_t
  long llistxattr(@In byte[] path, @Out byte[] names, @size_t long size);
}
