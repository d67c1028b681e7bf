// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.posix;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What statx(2) returns of a file.
 *
 * @param mode type and permissions
 * @param device where the file is
 * @param size bytes
 * @param modified time of the last change of content
 * @param changed time of the last change of anything
 */
public record FileStatus(
    int mode,
    int uid,
    int gid,
    Device device,
    long inode,
    long size,
    FileTime modified,
    FileTime changed) {
  static final int BYTES = 256;

  private static final int S_IFMT = 0170000;
  private static final int S_IFREG = 0100000;
  private static final int S_IFDIR = 0040000;
  private static final int S_IFLNK = 0120000;

  /** The number of a device. */
  public record Device(int major, int minor) {}

  /** What distinguishes a file from all others that are there. */
  public record Key(Device device, long inode) {}

  /**
   * A time since the epoch.
   *
   * @param nano beside the seconds, 0 to 999,999,999
   */
  public record FileTime(long seconds, int nano) {}

  /** Of a struct statx, whose layout is the same on every machine. */
  static FileStatus of(byte[] statx) {
    ByteBuffer from = ByteBuffer.wrap(statx).order(ByteOrder.nativeOrder());
    return new FileStatus(
        from.getShort(28) & 0xffff,
        from.getInt(20),
        from.getInt(24),
        new Device(from.getInt(136), from.getInt(140)),
        from.getLong(32),
        from.getLong(40),
        time(from, 112),
        time(from, 96));
  }

  private static FileTime time(ByteBuffer from, int at) {
    return new FileTime(from.getLong(at), from.getInt(at + Long.BYTES));
  }

  public Key key() {
    return new Key(device, inode);
  }

  /** Permission bits, 07777. */
  public int permissions() {
    return mode & 07777;
  }

  public boolean isRegular() {
    return (mode & S_IFMT) == S_IFREG;
  }

  public boolean isDirectory() {
    return (mode & S_IFMT) == S_IFDIR;
  }

  public boolean isSymlink() {
    return (mode & S_IFMT) == S_IFLNK;
  }
}
