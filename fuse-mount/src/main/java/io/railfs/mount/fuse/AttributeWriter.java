// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import io.railfs.client.MetadataSource;
import io.railfs.mount.cache.Entry;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.RailPath;
import java.time.Duration;

/**
 * Writes what the kernel gets about nodes: fuse_attr, alone and in fuse_entry_out and
 * fuse_attr_out, and fuse_kstatfs. Thread-safe: no state but the timeouts.
 *
 * <p>Links are 1 for everything: a dataset's hard links appear as separate files, and 1 shows find
 * that a directory's count means nothing.
 */
final class AttributeWriter {
  private static final int S_IFDIR = 0040000;
  private static final int S_IFREG = 0100000;
  private static final int S_IFLNK = 0120000;
  private static final int S_IFIFO = 0010000;
  private static final int S_IFSOCK = 0140000;
  private static final int BLOCK_SIZE = 128 << 10;
  private static final int SPACE_BLOCK = 4096;
  private static final int STAT_BLOCK = 512;

  private static final int ENTRY_ATTRIBUTES = 40;
  private static final int ATTR_ATTRIBUTES = 16;

  private final FuseConfig.Timeouts timeouts;

  AttributeWriter(FuseConfig.Timeouts timeouts) {
    this.timeouts = timeouts;
  }

  /** Writes a fuse_entry_out. */
  void writeEntry(long to, long node, long inode, Entry entry) {
    Native.putLong(to, node);
    Native.putLong(to + 8, 0);
    putTime(to + 16, to + 32, timeouts.entry());
    putTime(to + 24, to + 36, timeouts.attributes());
    writeAttributes(to + ENTRY_ATTRIBUTES, inode, entry);
  }

  /** Writes a fuse_entry_out that says that there is no such name. */
  void writeMissing(long to) {
    Native.zero(to, Wire.ENTRY_OUT);
    putTime(to + 16, to + 32, timeouts.negative());
  }

  /** Writes a fuse_attr_out. */
  void writeAttr(long to, long inode, Entry entry) {
    putTime(to, to + 8, timeouts.attributes());
    Native.putInt(to + 12, 0);
    writeAttributes(to + ATTR_ATTRIBUTES, inode, entry);
  }

  private static void putTime(long seconds, long nanos, Duration value) {
    Native.putLong(seconds, value.getSeconds());
    Native.putInt(nanos, value.getNano());
  }

  private static void writeAttributes(long to, long inode, Entry entry) {
    long mtime = entry.mtimeSeconds();
    int mtimeNano = entry.mtimeNano();
    Native.putLong(to, inode);
    Native.putLong(to + 8, entry.size());
    Native.putLong(to + 16, (entry.size() + STAT_BLOCK - 1) / STAT_BLOCK);
    Native.putLong(to + 24, mtime);
    Native.putLong(to + 32, mtime);
    Native.putLong(to + 40, entry.ctimeSeconds());
    Native.putInt(to + 48, mtimeNano);
    Native.putInt(to + 52, mtimeNano);
    Native.putInt(to + 56, entry.ctimeNano());
    Native.putInt(to + 60, typeBits(entry.type()) | (entry.mode() & 07777));
    Native.putInt(to + 64, 1);
    Native.putInt(to + 68, entry.uid());
    Native.putInt(to + 72, entry.gid());
    Native.putInt(to + 76, 0);
    Native.putInt(to + 80, BLOCK_SIZE);
    Native.putInt(to + 84, 0);
  }

  /** Writes a fuse_kstatfs. */
  static void writeSpace(long to, MetadataSource.Space space) {
    Native.zero(to, Wire.STATFS_OUT);
    Native.putLong(to, space.total() / SPACE_BLOCK);
    Native.putLong(to + 8, space.free() / SPACE_BLOCK);
    Native.putLong(to + 16, space.available() / SPACE_BLOCK);
    // The kernel shows the first as f_bsize, in which many programs take f_blocks to be counted.
    Native.putInt(to + 40, SPACE_BLOCK);
    Native.putInt(to + 44, RailPath.MAX_NAME_LENGTH);
    Native.putInt(to + 48, SPACE_BLOCK);
  }

  /** The type as readdir gives it (DT_REG and so on). */
  static int direntType(EntryType type) {
    return typeBits(type) >> 12;
  }

  private static int typeBits(EntryType type) {
    return switch (type) {
      case DIRECTORY -> S_IFDIR;
      case REGULAR -> S_IFREG;
      case SYMLINK -> S_IFLNK;
      case OTHER -> S_IFSOCK;
      case UNSPECIFIED, UNRECOGNIZED -> S_IFIFO;
    };
  }
}
