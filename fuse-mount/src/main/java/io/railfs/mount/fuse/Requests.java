package io.railfs.mount.fuse;

/**
 * The fields of the kernel's requests that the session answers itself, by address of the request
 * (linux/fuse.h: fuse_in_header of 40 bytes, then fuse_read_in).
 */
final class Requests {
  /** Bytes of a fuse_in_header. */
  static final int HEADER_LENGTH = 40;

  /** Bytes of a FUSE_READ. */
  static final int READ_LENGTH = HEADER_LENGTH + 40;

  private static final int OPCODE = 4;
  private static final int UNIQUE = 8;
  private static final int READ_HANDLE = 40;
  private static final int READ_OFFSET = 48;
  private static final int READ_SIZE = 56;

  private static final int FUSE_READ = 15;
  private static final int FUSE_INTERRUPT = 36;

  private Requests() {}

  static boolean isRead(long request, int length) {
    return Native.getInt(request + OPCODE) == FUSE_READ && length >= READ_LENGTH;
  }

  /** Whether a request only asks to give up another one, which a file system is free to ignore. */
  static boolean isInterrupt(long request) {
    return Native.getInt(request + OPCODE) == FUSE_INTERRUPT;
  }

  static long unique(long request) {
    return Native.getLong(request + UNIQUE);
  }

  static long readHandle(long request) {
    return Native.getLong(request + READ_HANDLE);
  }

  static long readOffset(long request) {
    return Native.getLong(request + READ_OFFSET);
  }

  static int readSize(long request) {
    return Native.getInt(request + READ_SIZE);
  }
}
