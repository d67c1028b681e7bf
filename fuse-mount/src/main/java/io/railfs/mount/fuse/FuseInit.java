// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.provider.jffi.NativeRuntime;

/**
 * Answers FUSE_INIT. docs/ARCHITECTURE.md has the table of what needs which kernel.
 *
 * <p>Field positions: fuse_init_in is 16 bytes, of newer kernels 64; fuse_init_out 64.
 */
final class FuseInit {
  /** Bytes of the largest read. */
  static final int MAX_READ = 1 << 20;

  private static final int IN_LENGTH = Wire.IN_HEADER + 16;
  private static final int IN_LENGTH_WITH_FLAGS2 = IN_LENGTH + 4;
  private static final int OUT_LENGTH = Wire.OUT_HEADER + 64;
  private static final int MAJOR = 7;

  /** The oldest protocol that serves: Linux 5.4. */
  private static final int MIN_MINOR = 31;

  /** Nothing is written, but the request buffer bounds how many FORGETs come at once. */
  private static final int MAX_WRITE = 128 << 10;

  /** Bytes of a buffer for requests: the kernel refuses to read into a smaller one. */
  static final int REQUEST_BUFFER = MAX_WRITE + 4096;

  private static final long ASYNC_READ = 1;
  private static final long EXPORT_SUPPORT = 1 << 4;
  private static final long DO_READDIRPLUS = 1 << 13;

  /** READDIRPLUS only where entries are also looked up. */
  private static final long READDIRPLUS_AUTO = 1 << 14;

  private static final long ASYNC_DIO = 1 << 15;
  private static final long PARALLEL_DIROPS = 1 << 18;
  private static final long MAX_PAGES = 1 << 22;

  private static final long INIT_EXT = 1 << 30;

  /** What we want of what the kernel offers. docs/adr/0017 says what not, and why. */
  private static final long WANTED =
      ASYNC_READ
          | EXPORT_SUPPORT
          | DO_READDIRPLUS
          | READDIRPLUS_AUTO
          | ASYNC_DIO
          | PARALLEL_DIROPS
          | MAX_PAGES
          | INIT_EXT;

  /**
   * Requests that the kernel may have under way for readahead, and the number from which it holds
   * back.
   */
  private static final int MAX_BACKGROUND = 64;

  private static final int CONGESTION_THRESHOLD = 48;

  private FuseInit() {}

  /**
   * Waits for the kernel's INIT and answers it.
   *
   * @param fd the kernel's end of the mount
   * @param maxReadahead bytes that the kernel may read ahead
   */
  static Negotiated answer(LibC libc, int fd, int maxReadahead) throws FuseException {
    Runtime runtime = NativeRuntime.getInstance();
    Pointer request = Memory.allocateDirect(runtime, REQUEST_BUFFER);
    int length = (int) libc.read(fd, request.address(), REQUEST_BUFFER);
    if (length < IN_LENGTH || Wire.opcode(request.address()) != Wire.INIT) {
      throw new FuseException(
          "the kernel did not begin the session with FUSE_INIT (got " + length + " bytes)");
    }
    int major = request.getInt(Wire.IN_HEADER);
    int minor = request.getInt(Wire.IN_HEADER + 4);
    if (major != MAJOR || minor < MIN_MINOR) {
      throw new FuseException(
          "this kernel speaks FUSE %d.%d, RailFS needs 7.%d (Linux 5.4) or newer"
              .formatted(major, minor, MIN_MINOR));
    }
    long offered = request.getInt(Wire.IN_HEADER + 12) & 0xffff_ffffL;
    if ((offered & INIT_EXT) != 0 && length >= IN_LENGTH_WITH_FLAGS2) {
      offered |= (long) request.getInt(Wire.IN_HEADER + 16) << 32;
    }
    Negotiated negotiated = new Negotiated(minor, offered & WANTED, offered);
    // The kernel takes the lower one of this and its own value, which whoever has mounted may have
    // set since it asked.
    reply(libc, fd, Wire.unique(request.address()), maxReadahead, negotiated);
    return negotiated;
  }

  private static void reply(LibC libc, int fd, long unique, int readahead, Negotiated negotiated)
      throws FuseException {
    Pointer reply = Memory.allocateDirect(NativeRuntime.getInstance(), OUT_LENGTH, true);
    Wire.putHeader(reply.address(), OUT_LENGTH, 0, unique);
    reply.putInt(16, MAJOR);
    // What is answered has one layout from 7.31 on; newer features have flags of their own.
    reply.putInt(20, MIN_MINOR);
    reply.putInt(24, readahead);
    reply.putInt(28, (int) negotiated.flags());
    reply.putShort(32, (short) MAX_BACKGROUND);
    reply.putShort(34, (short) CONGESTION_THRESHOLD);
    reply.putInt(36, MAX_WRITE);
    reply.putInt(40, 1);
    reply.putShort(44, (short) (MAX_READ / 4096));
    reply.putInt(48, (int) (negotiated.flags() >>> 32));
    if (libc.write(fd, reply.address(), OUT_LENGTH) != OUT_LENGTH) {
      throw new FuseException("the kernel refused the reply to FUSE_INIT");
    }
  }
}
