// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.local;

import static java.util.Objects.requireNonNull;

import com.kenai.jffi.MemoryIO;
import io.netty.channel.unix.FileDescriptor;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A regular file that another process of this host has given as a descriptor. Reference-counted:
 * made with one reference, closed with the last one, so that its number is never used for something
 * else while somebody reads. The position that both processes share is not touched. Thread-safe.
 */
public final class SharedFile {
  /** What {@link #readNow} returns where the bytes are not in memory. */
  public static final int WOULD_WAIT = -1;

  private static final Logger log = LoggerFactory.getLogger(SharedFile.class);

  /** From the kernel's fs.h: fail instead of waiting for a disk. */
  private static final int RWF_NOWAIT = 8;

  private static final int EINTR = 4;
  private static final int EAGAIN = 11;
  private static final int ENOSYS = 38;
  private static final int EOPNOTSUPP = 95;

  /** File systems in memory, which never wait for a disk. */
  private static final long TMPFS = 0x01021994;

  private static final long RAMFS = 0x858458f6L;

  /** More than any struct statfs has. */
  private static final int STATFS_BYTES = 256;

  private static final LibC LIBC = LibraryLoader.create(LibC.class).failImmediately().load("c");
  private static final MemoryIO MEMORY = MemoryIO.getInstance();
  private static final Runtime RUNTIME = Runtime.getRuntime(LIBC);
  private static final ThreadLocal<Vector> VECTOR = ThreadLocal.withInitial(Vector::new);

  private final FileDescriptor descriptor;
  private final int number;
  private final Executor closer;
  private final AtomicInteger references = new AtomicInteger(1);

  /** How {@link #readNow} reads; changed once it turns out that the file system cannot do it. */
  private volatile Mode mode = Mode.ASKS;

  private enum Mode {
    ASKS,
    IN_MEMORY,
    MAY_WAIT
  }

  /** A {@code struct iovec} of one thread's own. */
  private static final class Vector {
    private final ByteBuffer memory = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
    private final long address = addressOf(memory);
  }

  /**
   * @param descriptor owned by this object from now on
   * @param closer closes it: the end of a file that has no name any more takes the disk's time
   */
  public SharedFile(FileDescriptor descriptor, Executor closer) {
    this.descriptor = requireNonNull(descriptor, "descriptor is null");
    this.number = descriptor.intValue();
    this.closer = requireNonNull(closer, "closer is null");
  }

  /** The user that this process acts as, as the kernel reports it to others. */
  public static int ownUser() {
    return LIBC.geteuid();
  }

  /** Takes one more reference; false where the file is closed already. */
  public boolean tryRetain() {
    for (int now = references.get(); now > 0; now = references.get()) {
      if (references.compareAndSet(now, now + 1)) {
        return true;
      }
    }
    return false;
  }

  public void release() {
    int left = references.decrementAndGet();
    if (left == 0) {
      try {
        closer.execute(this::close);
      } catch (RejectedExecutionException e) {
        close();
      }
    } else if (left < 0) {
      throw new IllegalStateException("a shared file was released more often than retained");
    }
  }

  private void close() {
    try {
      descriptor.close();
    } catch (IOException e) {
      log.warn("closing a block's file failed; its descriptor may be lost", e);
    }
  }

  /**
   * Reads what is in memory, without waiting for a disk.
   *
   * @param target direct; filled from its first byte on, its position is not looked at
   * @param count bytes at most
   * @param offset bytes from the start of the file
   * @return bytes read, at least 1; {@link #WOULD_WAIT} where none of them is in memory
   */
  public int readNow(ByteBuffer target, int count, long offset) throws IOException {
    if (mode == Mode.MAY_WAIT) {
      return WOULD_WAIT;
    }
    Vector vector = VECTOR.get();
    vector.memory.putLong(0, addressOf(target)).putLong(8, count);
    while (true) {
      int flags = mode == Mode.IN_MEMORY ? 0 : RWF_NOWAIT;
      long read = LIBC.preadv2(number, vector.address, 1, offset, flags);
      if (read > 0) {
        return (int) read;
      }
      if (read == 0) {
        throw new EOFException("it ends at " + offset);
      }
      int errno = LastError.getLastError(RUNTIME);
      if (errno == EAGAIN) {
        return WOULD_WAIT;
      }
      if (errno == EOPNOTSUPP || errno == ENOSYS) {
        mode = isInMemory() ? Mode.IN_MEMORY : Mode.MAY_WAIT;
        if (mode == Mode.MAY_WAIT) {
          return WOULD_WAIT;
        }
      } else if (errno != EINTR) {
        throw failure(errno);
      }
    }
  }

  /**
   * Reads, however long the disk takes.
   *
   * @param target direct; filled from its first byte on, its position is not looked at
   * @param count bytes, all of which the file has
   * @param offset bytes from the start of the file
   */
  public void readFully(ByteBuffer target, int count, long offset) throws IOException {
    long address = addressOf(target);
    int done = 0;
    while (done < count) {
      long read = LIBC.pread(number, address + done, count - done, offset + done);
      if (read == 0) {
        throw new EOFException("it ends at " + (offset + done));
      }
      if (read > 0) {
        done += (int) read;
      } else {
        int errno = LastError.getLastError(RUNTIME);
        if (errno != EINTR) {
          throw failure(errno);
        }
      }
    }
  }

  private boolean isInMemory() {
    byte[] result = new byte[STATFS_BYTES];
    if (LIBC.fstatfs(number, result) < 0) {
      return false;
    }
    long type = ByteBuffer.wrap(result).order(ByteOrder.nativeOrder()).getLong(0) & 0xffffffffL;
    return type == TMPFS || type == RAMFS;
  }

  private static IOException failure(int errno) {
    return new IOException(LIBC.strerror(errno));
  }

  /** Of the first byte of direct memory, wherever its position is. */
  private static long addressOf(ByteBuffer direct) {
    return MEMORY.getDirectBufferAddress(direct);
  }
}
