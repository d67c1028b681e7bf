// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.io.IOException;
import java.nio.ByteBuffer;
import jnr.constants.platform.Errno;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/** Calls of the C library whose errno matters here, or that Java does not have. */
final class Posix {
  static final int O_RDONLY = 0;
  static final int O_CLOEXEC = 0x80000;
  static final int O_DIRECT = 0x4000;
  private static final int DONTNEED = 4;
  private static final int NEW_NETWORK = 0x40000000;

  private static final LibC LIBC = LibraryLoader.create(LibC.class).load("c");
  private static final Runtime RUNTIME = Runtime.getRuntime(LIBC);

  private Posix() {}

  /** The functions. */
  public interface LibC {
    int open(String path, int flags);

    int close(int fd);

    @ssize_t
    long pread(int fd, ByteBuffer buffer, @size_t long length, @off_t long offset);

    int posix_fadvise(int fd, @off_t long offset, @off_t long length, int advice);

    int setns(int fd, int kind);
  }

  /** A call that failed, by the name of its errno. */
  static final class Failed extends IOException {
    private static final long serialVersionUID = 1;

    Failed(String errno) {
      super(errno);
    }
  }

  private static Failed failed() {
    int errno = LastError.getLastError(RUNTIME);
    return new Failed(Errno.valueOf(errno).name());
  }

  static int open(String path, int flags) throws Failed {
    int fd = LIBC.open(path, flags | O_CLOEXEC);
    if (fd < 0) {
      throw failed();
    }
    return fd;
  }

  static void close(int fd) throws Failed {
    if (LIBC.close(fd) < 0) {
      throw failed();
    }
  }

  /** Reads into a direct buffer from its start on, up to its limit. */
  static int pread(int fd, ByteBuffer buffer, long offset) throws Failed {
    long count = LIBC.pread(fd, buffer, buffer.limit(), offset);
    if (count < 0) {
      throw failed();
    }
    return (int) count;
  }

  /** Lets the kernel forget what it keeps of a file. */
  static void forget(int fd) throws Failed {
    if (LIBC.posix_fadvise(fd, 0, 0, DONTNEED) != 0) {
      throw new Failed("posix_fadvise");
    }
  }

  /** Moves the calling thread, and what it opens from now on, into a network namespace. */
  static void enterNetwork(String namespace) throws IOException {
    int fd = open("/run/netns/" + namespace, O_RDONLY);
    try {
      if (LIBC.setns(fd, NEW_NETWORK) < 0) {
        throw failed();
      }
    } finally {
      close(fd);
    }
  }
}
