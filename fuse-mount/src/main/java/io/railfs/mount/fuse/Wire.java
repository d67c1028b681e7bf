// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

/**
 * Numbers and field positions of the kernel's protocol, those of linux/fuse.h. Every request begins
 * with a fuse_in_header of 40 bytes, every reply with a fuse_out_header of 16.
 */
final class Wire {
  private Wire() {}

  /** What is asked for. */
  static final int LOOKUP = 1;

  static final int FORGET = 2;
  static final int GETATTR = 3;
  static final int SETATTR = 4;
  static final int READLINK = 5;
  static final int SYMLINK = 6;
  static final int MKNOD = 8;
  static final int MKDIR = 9;
  static final int UNLINK = 10;
  static final int RMDIR = 11;
  static final int RENAME = 12;
  static final int LINK = 13;
  static final int OPEN = 14;
  static final int READ = 15;
  static final int WRITE = 16;
  static final int STATFS = 17;
  static final int RELEASE = 18;
  static final int SETXATTR = 21;
  static final int GETXATTR = 22;
  static final int LISTXATTR = 23;
  static final int REMOVEXATTR = 24;
  static final int INIT = 26;
  static final int OPENDIR = 27;
  static final int READDIR = 28;
  static final int RELEASEDIR = 29;
  static final int ACCESS = 34;
  static final int CREATE = 35;
  static final int INTERRUPT = 36;
  static final int DESTROY = 38;
  static final int NOTIFY_REPLY = 41;
  static final int BATCH_FORGET = 42;
  static final int FALLOCATE = 43;
  static final int READDIRPLUS = 44;
  static final int RENAME2 = 45;
  static final int COPY_FILE_RANGE = 47;
  static final int TMPFILE = 51;

  /** fuse_in_header. */
  static final int IN_HEADER = 40;

  private static final int IN_LENGTH = 0;
  private static final int IN_OPCODE = 4;
  private static final int IN_UNIQUE = 8;
  private static final int IN_NODE = 16;
  private static final int IN_PID = 32;

  /** fuse_out_header. */
  static final int OUT_HEADER = 16;

  private static final int OUT_ERROR = 4;
  private static final int OUT_UNIQUE = 8;

  /** Bytes of fuse_entry_out, fuse_attr_out, fuse_open_out, fuse_kstatfs, fuse_getxattr_out. */
  static final int ENTRY_OUT = 128;

  static final int ATTR_OUT = 104;
  static final int OPEN_OUT = 16;
  static final int STATFS_OUT = 80;
  static final int XATTR_OUT = 8;

  /** Bytes of fuse_dirent before its name. */
  static final int DIRENT = 24;

  /** Bits of an open's reply. */
  static final int FOPEN_KEEP_CACHE = 1 << 1;

  static final int FOPEN_CACHE_DIR = 1 << 3;

  static int length(long request) {
    return Native.getInt(request + IN_LENGTH);
  }

  static int opcode(long request) {
    return Native.getInt(request + IN_OPCODE);
  }

  static long unique(long request) {
    return Native.getLong(request + IN_UNIQUE);
  }

  /** The process that asks, as this one's PID namespace numbers it; 0 where it is in another. */
  static int pid(long request) {
    return Native.getInt(request + IN_PID);
  }

  static long node(long request) {
    return Native.getLong(request + IN_NODE);
  }

  /** Writes a fuse_out_header. */
  static void putHeader(long reply, int length, int errno, long unique) {
    Native.putInt(reply, length);
    Native.putInt(reply + OUT_ERROR, -errno);
    Native.putLong(reply + OUT_UNIQUE, unique);
  }

  /** Bytes that a request of this kind has at least, after its header. */
  static int minBody(int opcode) {
    return switch (opcode) {
      case LOOKUP -> 2;
      case FORGET, OPEN, OPENDIR, LISTXATTR, ACCESS, BATCH_FORGET, INTERRUPT -> 8;
      case GETXATTR -> 10;
      case GETATTR -> 16;
      case RELEASE, RELEASEDIR -> 24;
      case READ, READDIR, READDIRPLUS -> 40;
      default -> 0;
    };
  }
}
