package io.railfs.mount.fuse;

import com.google.protobuf.ByteString;
import io.railfs.mount.fs.FsException;
import io.railfs.mount.fs.OpenDirectory;
import io.railfs.mount.fs.OpenFile;
import io.railfs.mount.fs.Operation;
import io.railfs.mount.fs.OperationCounters;
import io.railfs.mount.fs.RailFileSystem;
import io.railfs.mount.fs.ReadScratch;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ru.serce.jnrfuse.struct.FuseOperations;

/**
 * libfuse's callbacks, each a few lines that turn addresses into arguments of {@link
 * RailFileSystem} and its answer into memory and an errno. Thread-safe. No exception ever leaves a
 * callback.
 */
final class RailFuse {
  private static final Logger log = LoggerFactory.getLogger(RailFuse.class);

  private static final int O_ACCMODE = 3;
  private static final int O_TRUNC = 01000;
  private static final int W_OK = 2;
  private static final ByteString USER_NAMESPACE = ByteString.copyFromUtf8("user.");

  /** Under a broken UFS every read fails; one line a second tells it as well as thousands. */
  private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final RailFileSystem fileSystem;
  private final Runtime runtime;
  private final OperationCounters counters;
  private final StatWriter stats;
  private final AtomicLong nextLogNanos = new AtomicLong(System.nanoTime());
  private final AtomicLong unlogged = new AtomicLong();
  private final ThreadLocal<DirectoryFiller> fillers;
  private final ThreadLocal<boolean[]> cacheOnly = ThreadLocal.withInitial(() -> new boolean[1]);

  /**
   * Callbacks as native code knows them: they must be reachable for as long as it may call them.
   */
  private final List<Object> reachable = new ArrayList<>();

  RailFuse(RailFileSystem fileSystem, Runtime runtime) {
    this.fileSystem = fileSystem;
    this.runtime = runtime;
    this.counters = fileSystem.operations();
    this.stats = new StatWriter(runtime);
    this.fillers = ThreadLocal.withInitial(() -> new DirectoryFiller(runtime));
  }

  /**
   * Whether this thread's questions for attributes are answered from what is known alone, EAGAIN
   * where nothing is.
   */
  void answerFromCacheOnly(boolean on) {
    cacheOnly.get()[0] = on;
  }

  /** The table of callbacks. It and this object must stay reachable until the session has ended. */
  FuseOperations operations() {
    FuseOperations ops = new FuseOperations(runtime);
    // Allocated and zeroed by the first look at its memory.
    Pointer table = Struct.getMemory(ops);
    set(table, ops.getattr.offset(), Callbacks.PathPointer.class, this::getattr);
    set(table, ops.readlink.offset(), Callbacks.PathBuffer.class, this::readlink);
    set(table, ops.open.offset(), Callbacks.PathPointer.class, this::open);
    set(table, ops.release.offset(), Callbacks.PathPointer.class, this::release);
    set(table, ops.statfs.offset(), Callbacks.PathPointer.class, this::statfs);
    set(table, ops.getxattr.offset(), Callbacks.GetXattr.class, this::getxattr);
    set(table, ops.listxattr.offset(), Callbacks.PathBuffer.class, this::listxattr);
    set(table, ops.opendir.offset(), Callbacks.PathPointer.class, this::opendir);
    set(table, ops.readdir.offset(), Callbacks.ReadDir.class, this::readdir);
    set(table, ops.releasedir.offset(), Callbacks.PathPointer.class, this::releasedir);
    set(table, ops.access.offset(), Callbacks.PathInt.class, this::access);
    refuseChanges(ops, table);
    return ops;
  }

  /**
   * Every change ends in EROFS here too, not only by the kernel's ro flag, which a remount could
   * take away.
   */
  private void refuseChanges(FuseOperations ops, Pointer table) {
    Callbacks.PathPointer two = (path, other) -> -Errno.EROFS;
    for (long offset :
        new long[] {
          ops.unlink.offset(),
          ops.rmdir.offset(),
          ops.symlink.offset(),
          ops.rename.offset(),
          ops.link.offset(),
          ops.truncate.offset(),
          ops.utimens.offset(),
          ops.removexattr.offset()
        }) {
      set(table, offset, Callbacks.PathPointer.class, two);
    }
    Callbacks.PathInt withMode = (path, mode) -> -Errno.EROFS;
    set(table, ops.mkdir.offset(), Callbacks.PathInt.class, withMode);
    set(table, ops.chmod.offset(), Callbacks.PathInt.class, withMode);
    Callbacks.PathIntLong three = (path, value, other) -> -Errno.EROFS;
    set(table, ops.mknod.offset(), Callbacks.PathIntLong.class, three);
    set(table, ops.chown.offset(), Callbacks.PathIntLong.class, three);
    set(table, ops.create.offset(), Callbacks.PathIntLong.class, three);
    set(
        table,
        ops.ftruncate.offset(),
        Callbacks.PathBuffer.class,
        (path, size, info) -> -Errno.EROFS);
    set(
        table,
        ops.write.offset(),
        Callbacks.Read.class,
        (path, buffer, size, offset, info) -> -Errno.EROFS);
    set(
        table,
        ops.setxattr.offset(),
        Callbacks.SetXattr.class,
        (path, name, value, size, flags) -> -Errno.EROFS);
    set(
        table,
        ops.fallocate.offset(),
        Callbacks.Fallocate.class,
        (path, mode, offset, length, info) -> -Errno.EROFS);
  }

  private <T> void set(Pointer table, long offset, Class<T> type, T callback) {
    reachable.add(callback);
    table.putPointer(offset, runtime.getClosureManager().getClosurePointer(type, callback));
  }

  private int getattr(long path, long stat) {
    counters.began(Operation.STAT);
    try {
      RailPath railPath = path(path);
      Attributes attributes =
          cacheOnly.get()[0]
              ? fileSystem.knownAttributes(railPath)
              : fileSystem.attributes(railPath);
      if (attributes == null) {
        return -Errno.EAGAIN;
      }
      stats.write(stat, railPath, attributes);
      return 0;
    } catch (Throwable e) {
      return errno("stat", e);
    }
  }

  private int readlink(long path, long buffer, long size) {
    counters.began(Operation.READLINK);
    try {
      byte[] target = fileSystem.readLink(path(path)).toByteArray();
      // As readlink(2) of libfuse wants it: cut to the buffer, with a NUL.
      int count = (int) Math.min(target.length, size - 1);
      Native.putBytes(buffer, target, count);
      Native.putByte(buffer + count, 0);
      return 0;
    } catch (Throwable e) {
      return errno("readlink", e);
    }
  }

  private int open(long path, long info) {
    counters.began(Operation.OPEN);
    try {
      int flags = FuseFileInfo.flags(info);
      if ((flags & O_ACCMODE) != 0 || (flags & O_TRUNC) != 0) {
        return -Errno.EROFS;
      }
      RailFileSystem.OpenResult opened = fileSystem.open(path(path));
      FuseFileInfo.setHandle(info, opened.handle());
      FuseFileInfo.setCaching(info, opened.keepCache(), opened.direct());
      return 0;
    } catch (Throwable e) {
      return errno("open", e);
    }
  }

  /**
   * Answers a FUSE_READ, which the session keeps from libfuse: libfuse would have its bytes copied
   * into a buffer of its own first.
   *
   * @param scratch the calling thread's own
   */
  void read(long handle, long offset, int size, ReadReply reply, ReadScratch scratch) {
    OpenFile file = null;
    Throwable failure = null;
    try {
      file = fileSystem.file(handle);
      if (file.read(reply, offset, size, scratch) == OpenFile.LATER) {
        return;
      }
    } catch (Throwable e) {
      failure = e;
    }
    end(file, reply, failure);
  }

  /**
   * Ends a read: the kernel gets an error where it has no answer yet.
   *
   * @param file null where there is none
   * @param failure null where it succeeded
   */
  void end(OpenFile file, ReadReply reply, Throwable failure) {
    if (failure instanceof FsException e) {
      fileSystem.readFailed(file, e);
    }
    int errno = failure == null ? Errno.EIO : -errno("read", failure);
    if (!reply.isAnswered()) {
      reply.fail(errno);
    }
  }

  private int release(long path, long info) {
    counters.began(Operation.CLOSE);
    try {
      fileSystem.release(FuseFileInfo.handle(info));
      return 0;
    } catch (Throwable e) {
      return errno("close", e);
    }
  }

  private int statfs(long path, long statvfs) {
    counters.began(Operation.STATFS);
    try {
      stats.writeSpace(statvfs, fileSystem.space());
      return 0;
    } catch (Throwable e) {
      return errno("statfs", e);
    }
  }

  private int access(long path, int mask) {
    counters.began(Operation.ACCESS);
    try {
      fileSystem.attributes(path(path));
      // Modes are checked by the kernel (default_permissions); only writing is ours to refuse.
      return (mask & W_OK) != 0 ? -Errno.EROFS : 0;
    } catch (Throwable e) {
      return errno("access", e);
    }
  }

  private int getxattr(long path, long name, long value, long size) {
    counters.began(Operation.GETXATTR);
    try {
      ByteString wanted = ByteString.copyFrom(Native.latin1(name), StandardCharsets.ISO_8859_1);
      if (!wanted.startsWith(USER_NAMESPACE)) {
        // Asked of every file by ls and by the kernel (capabilities, ACLs). Not "there is none",
        // but
        // "no such namespace here": then ls asks once for a file system, not for each file.
        return -Errno.EOPNOTSUPP;
      }
      ByteString found = fileSystem.xattrs(path(path)).get(wanted);
      if (found == null) {
        return -Errno.ENODATA;
      }
      return fill(found.toByteArray(), value, size);
    } catch (Throwable e) {
      return errno("getxattr", e);
    }
  }

  private int listxattr(long path, long list, long size) {
    counters.began(Operation.LISTXATTR);
    try {
      Map<ByteString, ByteString> xattrs = fileSystem.xattrs(path(path));
      ByteString.Output names = ByteString.newOutput();
      for (ByteString name : xattrs.keySet()) {
        name.writeTo(names);
        names.write(0);
      }
      return fill(names.toByteString().toByteArray(), list, size);
    } catch (Throwable e) {
      return errno("listxattr", e);
    }
  }

  /** Answers with bytes, or with their number where the caller asks only for that (size 0). */
  private static int fill(byte[] bytes, long buffer, long size) {
    if (size == 0) {
      return bytes.length;
    }
    if (bytes.length > size) {
      return -Errno.ERANGE;
    }
    Native.putBytes(buffer, bytes, bytes.length);
    return bytes.length;
  }

  private int opendir(long path, long info) {
    counters.began(Operation.OPENDIR);
    try {
      FuseFileInfo.setHandle(info, fileSystem.openDirectory(path(path)));
      return 0;
    } catch (Throwable e) {
      return errno("opendir", e);
    }
  }

  private int releasedir(long path, long info) {
    counters.began(Operation.CLOSEDIR);
    try {
      fileSystem.releaseDirectory(FuseFileInfo.handle(info));
      return 0;
    } catch (Throwable e) {
      return errno("closedir", e);
    }
  }

  /**
   * Offsets are entry numbers: 0 is ".", 1 "..", then the listing; each entry carries the number of
   * the next. So libfuse asks for one buffer at a time and keeps none.
   */
  private int readdir(long path, long buffer, long filler, long offset, long info) {
    counters.began(Operation.READDIR);
    try {
      OpenDirectory directory = fileSystem.directory(FuseFileInfo.handle(info));
      directory.read(offset, fillers.get().begin(buffer, filler, directory.path(), offset));
      return 0;
    } catch (Throwable e) {
      return errno("readdir", e);
    }
  }

  private static RailPath path(long address) throws FsException {
    try {
      return RailPath.ofLatin1(Native.latin1(address));
    } catch (ProtocolException e) {
      // The kernel hands over normal paths only; what is left to refuse is length.
      throw new FsException(FsException.Problem.NAME_TOO_LONG, e.getMessage(), e);
    }
  }

  /**
   * The one way out of a callback after an error: logged where an operator should know, then an
   * errno.
   */
  private int errno(String operation, Throwable e) {
    if (e instanceof FsException problem) {
      counters.failed(problem);
      if (problem.isFault() && mayLog()) {
        log.warn(
            "{} failed: {}; the program gets {}",
            operation,
            problem.getMessage(),
            problem.problem());
      }
      return -Errno.of(problem.problem());
    }
    counters.failedByDefect();
    if (mayLog()) {
      log.error("{} failed by a defect of RailFS; the program gets an I/O error", operation, e);
    }
    return -Errno.EIO;
  }

  private boolean mayLog() {
    long now = System.nanoTime();
    long next = nextLogNanos.get();
    if (now - next < 0 || !nextLogNanos.compareAndSet(next, now + LOG_INTERVAL_NANOS)) {
      unlogged.incrementAndGet();
      return false;
    }
    long kept = unlogged.getAndSet(0);
    if (kept > 0) {
      log.warn("{} more operations failed meanwhile", kept);
    }
    return true;
  }
}
