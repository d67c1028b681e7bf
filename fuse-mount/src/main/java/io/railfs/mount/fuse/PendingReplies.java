// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import io.railfs.mount.cache.PageTarget;
import io.railfs.mount.fs.OpenFile;
import io.railfs.mount.fs.ReadTarget;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import jnr.ffi.Runtime;

/** The reads that are answered later, by other threads than those of the session. Thread-safe. */
final class PendingReplies {
  private final ReadHandler reads;
  private final int max;
  private final ThreadLocal<ReadReply> replies;
  private final Set<PendingReply> open = ConcurrentHashMap.newKeySet();

  /**
   * @param fd the kernel's end of the mount
   * @param max of them at a time; each holds a page
   */
  PendingReplies(LibC libc, Runtime runtime, int fd, ReadHandler reads, int max) {
    this.reads = reads;
    this.max = max;
    this.replies = ThreadLocal.withInitial(() -> new ReadReply(libc, runtime, fd, 1, null));
  }

  /** For the request with this number; null where there are too many already. */
  ReadTarget.Async begin(long unique) {
    if (open.size() >= max) {
      return null;
    }
    PendingReply reply = new PendingReply(unique);
    open.add(reply);
    return reply;
  }

  /**
   * A request that has been open for longer than the limit. For one thread only.
   *
   * @param elapsedNanos since this was called before
   */
  Optional<Throwable> findStuck(long elapsedNanos, long limitNanos) {
    for (PendingReply reply : open) {
      reply.ageNanos += elapsedNanos;
      if (reply.ageNanos > limitNanos) {
        return Optional.of(new Throwable("request " + reply.unique + " waits for a fetch"));
      }
    }
    return Optional.empty();
  }

  /**
   * Waits until all are answered; false when the time is over before. It looks again and again: a
   * signal would cost every such read something, for the one time that a session ends.
   */
  boolean awaitNone(int seconds) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!open.isEmpty()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      Thread.sleep(10);
    }
    return true;
  }

  /** Compared by identity. */
  private final class PendingReply implements ReadTarget.Async {
    private final long unique;
    private ReadReply reply;

    /** Of the thread that looks for stuck ones alone. */
    private long ageNanos;

    PendingReply(long unique) {
      this.unique = unique;
    }

    @Override
    public PageTarget target() {
      reply = replies.get().begin(unique);
      return reply;
    }

    @Override
    public void end(OpenFile file, Throwable failure) {
      if (reply == null) {
        target();
      }
      try {
        reads.end(file, reply, failure);
      } finally {
        open.remove(this);
      }
    }
  }
}
