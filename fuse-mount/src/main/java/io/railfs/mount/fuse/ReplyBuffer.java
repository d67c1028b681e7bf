// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a reply is put together, reads apart. Belongs to one thread. */
final class ReplyBuffer {
  private static final Logger log = LoggerFactory.getLogger(ReplyBuffer.class);

  /** Bytes of the largest reply after its header; of a longer directory the kernel asks again. */
  static final int MAX = 128 << 10;

  private final LibC libc;
  private final Runtime runtime;
  private final int fd;
  private final Pointer memory;

  /**
   * @param fd the kernel's end of the mount
   */
  ReplyBuffer(LibC libc, Runtime runtime, int fd) {
    this.libc = libc;
    this.runtime = runtime;
    this.fd = fd;
    this.memory = Memory.allocateDirect(runtime, Wire.OUT_HEADER + MAX, true);
  }

  /** Address of what follows the header. */
  long body() {
    return memory.address() + Wire.OUT_HEADER;
  }

  /**
   * Sends so many bytes after a header.
   *
   * @return false where the kernel does not want them any more
   */
  boolean send(long unique, int length) {
    return send(unique, 0, length);
  }

  /** Ends the request with an errno. */
  void fail(long unique, int errno) {
    send(unique, errno, 0);
  }

  private boolean send(long unique, int errno, int length) {
    int total = Wire.OUT_HEADER + length;
    Wire.putHeader(memory.address(), total, errno, unique);
    if (libc.write(fd, memory.address(), total) == total) {
      return true;
    }
    int refusal = runtime.getLastError();
    // A request that was given up, or whose mount has gone, needs no answer any more.
    if (refusal != Errno.ENOENT && refusal != Errno.ENODEV && refusal != Errno.EPIPE) {
      log.error("the kernel refused a reply of {} bytes with errno {}", total, refusal);
    }
    return false;
  }
}
