package io.railfs.mount.fuse;

import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.provider.jffi.NativeRuntime;

/**
 * Answers FUSE_INIT ourselves. libfuse 2.9 speaks version 7.19 of the kernel's protocol, in which a
 * read is at most 128 KiB; the kernel grants 1 MiB to whoever answers as version 7.28 or newer with
 * a number of pages. So the INIT request is shown to libfuse through a channel on /dev/null, which
 * makes it believe that the handshake happened as it likes it, and the reply that the kernel gets
 * is ours. Everything that comes afterwards has the same layout in both versions; opcodes that
 * libfuse does not know get ENOSYS from it.
 *
 * <p>Field positions are those of linux/fuse.h: fuse_in_header is 40 bytes, fuse_out_header 16,
 * fuse_init_out 64.
 */
final class Handshake {
  /** Bytes of the largest read. */
  static final int MAX_READ = 1 << 20;

  private static final int IN_OPCODE = 4;
  private static final int IN_UNIQUE = 8;
  private static final int IN_BODY = 40;
  private static final int FUSE_INIT = 26;

  private static final int OUT_LENGTH = 16 + 64;
  private static final int MAJOR = 7;
  private static final int MINOR = 31;

  /** max_write stays what libfuse's receive buffer holds; nothing is written anyway. */
  private static final int MAX_WRITE = 128 << 10;

  private static final int ASYNC_READ = 1;
  private static final int ASYNC_DIO = 1 << 15;
  private static final int PARALLEL_DIROPS = 1 << 18;
  private static final int MAX_PAGES = 1 << 22;

  private static final int DO_READDIRPLUS = 1 << 13;
  private static final int READDIRPLUS_AUTO = 1 << 14;

  /**
   * What we want of what the kernel offers. READDIRPLUS, which libfuse does not know, {@link
   * ReadDirPlus} answers; "auto" is: only where entries are also looked up.
   */
  private static final int WANTED =
      ASYNC_READ | ASYNC_DIO | DO_READDIRPLUS | READDIRPLUS_AUTO | PARALLEL_DIROPS | MAX_PAGES;

  /**
   * Requests that the kernel may have under way for readahead, and the number from which it holds
   * back.
   */
  private static final int MAX_BACKGROUND = 64;

  private static final int CONGESTION_THRESHOLD = 48;

  private Handshake() {}

  /**
   * Waits for the kernel's INIT and answers it.
   *
   * @param devNull a channel whose replies go nowhere
   * @param maxReadahead bytes that the kernel may read ahead
   */
  static void answer(
      LibFuse2 fuse, LibC libc, Pointer session, Pointer channel, Pointer devNull, int maxReadahead)
      throws FuseException {
    Runtime runtime = NativeRuntime.getInstance();
    long size = fuse.fuse_chan_bufsize(channel);
    Pointer request = Memory.allocateDirect(runtime, Math.toIntExact(size));
    int length = (int) libc.read(fuse.fuse_chan_fd(channel), request.address(), size);
    if (length < IN_BODY + 16 || request.getInt(IN_OPCODE) != FUSE_INIT) {
      throw new FuseException(
          "the kernel did not begin the session with FUSE_INIT (got " + length + " bytes)");
    }
    int offeredMinor = request.getInt(IN_BODY + 4);
    int offeredReadahead = request.getInt(IN_BODY + 8);
    int offeredFlags = request.getInt(IN_BODY + 12);
    long unique = request.getLong(IN_UNIQUE);
    fuse.fuse_session_process(session, request, length, devNull);
    if (request.getInt(IN_BODY) != MAJOR || offeredMinor < MINOR) {
      throw new FuseException(
          "this kernel speaks FUSE "
              + request.getInt(IN_BODY)
              + "."
              + offeredMinor
              + ", RailFS needs 7.31 (Linux 5.4) or newer");
    }
    Pointer reply = Memory.allocateDirect(runtime, OUT_LENGTH, true);
    reply.putInt(0, OUT_LENGTH);
    reply.putLong(8, unique);
    reply.putInt(16, MAJOR);
    reply.putInt(20, MINOR);
    reply.putInt(24, Math.min(offeredReadahead, maxReadahead));
    reply.putInt(28, offeredFlags & WANTED);
    reply.putShort(32, (short) MAX_BACKGROUND);
    reply.putShort(34, (short) CONGESTION_THRESHOLD);
    reply.putInt(36, MAX_WRITE);
    reply.putInt(40, 1);
    reply.putShort(44, (short) (MAX_READ / 4096));
    if (libc.write(fuse.fuse_chan_fd(channel), reply, OUT_LENGTH) != OUT_LENGTH) {
      throw new FuseException("the kernel refused the reply to FUSE_INIT");
    }
  }
}
