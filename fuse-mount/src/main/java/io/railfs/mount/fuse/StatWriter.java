package io.railfs.mount.fuse;

import io.railfs.protocol.Attributes;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.FileType;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import ru.serce.jnrfuse.struct.FileStat;
import ru.serce.jnrfuse.struct.Statvfs;

/**
 * Writes {@code struct stat} and {@code struct statvfs}, whose layouts jnr-fuse knows. Thread-safe.
 *
 * <p>Inode numbers are a hash of the path: stable over remounts and equal on every node, without a
 * table. Links are 1 for everything: a dataset's hard links appear as separate files, and 1 tells
 * find that a directory's count means nothing.
 */
final class StatWriter {
  private static final int S_IFDIR = 0040000;
  private static final int S_IFREG = 0100000;
  private static final int S_IFLNK = 0120000;
  private static final int S_IFIFO = 0010000;
  private static final int S_IFSOCK = 0140000;
  private static final int BLOCK_SIZE = 128 << 10;
  private static final int STAT_BLOCK = 512;
  private static final long NANOS = 1_000_000_000;
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final Runtime runtime;
  private final ThreadLocal<OwnStat> stats;

  /** A struct stat of one thread: making one for each answer would cost more than filling it. */
  private static final class OwnStat {
    private final FileStat stat;
    private final Pointer memory;
    private final int size;

    OwnStat(Runtime runtime) {
      stat = new FileStat(runtime);
      size = Struct.size(stat);
      memory = Memory.allocateDirect(runtime, size, true);
      stat.useMemory(memory);
    }
  }

  StatWriter(Runtime runtime) {
    this.runtime = runtime;
    this.stats = ThreadLocal.withInitial(() -> new OwnStat(runtime));
  }

  void write(long address, RailPath path, Attributes attributes) {
    OwnStat own = stats.get();
    FileStat stat = own.stat;
    stat.st_ino.set(inode(path.latin1()));
    stat.st_mode.set(typeBits(attributes.type()) | (attributes.mode() & 07777));
    stat.st_nlink.set(1);
    stat.st_uid.set(attributes.uid());
    stat.st_gid.set(attributes.gid());
    stat.st_size.set(attributes.size());
    stat.st_blksize.set(BLOCK_SIZE);
    stat.st_blocks.set((attributes.size() + STAT_BLOCK - 1) / STAT_BLOCK);
    setTime(stat.st_mtim, attributes.mtimeNanos());
    setTime(stat.st_atim, attributes.mtimeNanos());
    setTime(stat.st_ctim, attributes.ctimeNanos());
    Native.copy(own.memory.address(), address, own.size);
  }

  private static void setTime(ru.serce.jnrfuse.struct.Timespec time, long nanos) {
    time.tv_sec.set(Math.floorDiv(nanos, NANOS));
    time.tv_nsec.set(Math.floorMod(nanos, NANOS));
  }

  /** What readdir needs of an entry: its inode number and type. */
  static void writeEntry(FileStat stat, long inode, FileType type) {
    stat.st_ino.set(inode);
    stat.st_mode.set(typeBits(type));
  }

  void writeSpace(long address, io.railfs.client.MetadataSource.Space space) {
    Statvfs statvfs = Statvfs.of(runtime.getMemoryManager().newPointer(address));
    statvfs.f_bsize.set(BLOCK_SIZE);
    statvfs.f_frsize.set(4096);
    statvfs.f_blocks.set(space.total() / 4096);
    statvfs.f_bfree.set(space.free() / 4096);
    statvfs.f_bavail.set(space.available() / 4096);
    statvfs.f_namemax.set(RailPath.MAX_NAME_LENGTH);
  }

  /** FNV-1a, 64 bits; never 0 or 1, which the kernel and libfuse keep for themselves. */
  static long inode(String pathLatin1) {
    return inode(hash(pathLatin1));
  }

  /** The inode number of the path that this {@link #hash} is of. */
  private static long inode(long hash) {
    // Positive: some programs keep inode numbers in signed variables.
    return Math.max(2, hash & Long.MAX_VALUE);
  }

  /** The hash of the beginning of a path. */
  static long hash(String latin1) {
    long hash = FNV_OFFSET;
    for (int i = 0; i < latin1.length(); i++) {
      hash = (hash ^ latin1.charAt(i)) * FNV_PRIME;
    }
    return hash;
  }

  /** The inode number of the path that goes on with these bytes behind a beginning. */
  static long inode(long beginningHash, byte[] bytes, int start, int length) {
    long hash = beginningHash;
    for (int i = start; i < start + length; i++) {
      hash = (hash ^ (bytes[i] & 0xff)) * FNV_PRIME;
    }
    return inode(hash);
  }

  private static int typeBits(FileType type) {
    return switch (type) {
      case DIRECTORY -> S_IFDIR;
      case REGULAR -> S_IFREG;
      case SYMLINK -> S_IFLNK;
      case OTHER -> S_IFSOCK;
      case FILE_TYPE_UNSPECIFIED, UNRECOGNIZED -> S_IFIFO;
    };
  }
}
