package io.railfs.mount.fuse;

/** The fields of {@code struct fuse_file_info} of libfuse 2.9 on 64-bit Linux, by address. */
final class FuseFileInfo {
  private static final int FLAGS = 0;
  private static final int BITS = 20;
  private static final int HANDLE = 24;

  private static final int DIRECT_IO = 1;
  private static final int KEEP_CACHE = 1 << 1;

  private FuseFileInfo() {}

  /** The flags of open(2). */
  static int flags(long info) {
    return Native.getInt(info + FLAGS);
  }

  static long handle(long info) {
    return Native.getLong(info + HANDLE);
  }

  static void setHandle(long info, long handle) {
    Native.putLong(info + HANDLE, handle);
  }

  static void setCaching(long info, boolean keepCache, boolean direct) {
    int bits = Native.getInt(info + BITS) | (keepCache ? KEEP_CACHE : 0) | (direct ? DIRECT_IO : 0);
    Native.putInt(info + BITS, bits);
  }
}
