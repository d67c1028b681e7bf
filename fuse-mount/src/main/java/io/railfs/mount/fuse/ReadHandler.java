// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import io.railfs.mount.fs.FsException;
import io.railfs.mount.fs.OpenFile;
import io.railfs.mount.fs.RailFileSystem;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Begins reads and ends them, be it in the session's thread or later in another one. Thread-safe.
 */
final class ReadHandler {
  private static final int HANDLE = Wire.IN_HEADER;
  private static final int OFFSET = Wire.IN_HEADER + 8;
  private static final int SIZE = Wire.IN_HEADER + 16;

  /** The kernel may hold the lock that invalidation needs for as long as a deadline. */
  private static final int INVALIDATION_MILLIS = 500;

  private final RailFileSystem fileSystem;
  private final Failures failures;

  ReadHandler(RailFileSystem fileSystem, Failures failures) {
    this.fileSystem = fileSystem;
    this.failures = failures;
  }

  Failures failures() {
    return failures;
  }

  /**
   * Answers a FUSE_READ, now or later.
   *
   * @param request its address
   * @param scratch the calling thread's own
   */
  void read(long request, ReadReply reply, OpenFile.Scratch scratch) {
    OpenFile file = null;
    Throwable failure = null;
    try {
      file = fileSystem.file(Native.getLong(request + HANDLE));
      long offset = Native.getLong(request + OFFSET);
      scratch.setPid(Wire.pid(request));
      if (file.read(reply, offset, Native.getInt(request + SIZE), scratch) == OpenFile.LATER) {
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
    int errno = failure == null ? Errno.EIO : failures.errno("read", failure);
    CompletableFuture<Void> invalidated = null;
    try {
      if (failure instanceof FsException e && file != null) {
        invalidated = fileSystem.readFailed(file, e);
      }
    } catch (Throwable e) {
      // The program gets its error all the same; what it opens next may be the old version again.
      failures.errno("taking back what was read", e);
    }
    try {
      if (invalidated != null && !invalidated.isDone() && !reply.isAnswered()) {
        reply.failAfter(
            invalidated.completeOnTimeout(null, INVALIDATION_MILLIS, TimeUnit.MILLISECONDS), errno);
      } else if (!reply.isAnswered()) {
        reply.fail(errno);
      }
    } catch (Throwable e) {
      reply.fail(failures.errno("read", e));
    }
  }
}
