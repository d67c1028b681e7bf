// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import io.railfs.mount.fs.RailFileSystem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.provider.jffi.NativeRuntime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads requests from a descriptor and has them answered by fixed Java threads, until the mount is
 * gone. libfuse's own loop would make native threads come and go, each of which attaches to the JVM
 * for a callback; that halves the rate of small reads (docs/adr/0001).
 *
 * <p>A read within one page that has to wait for the network is answered by the event loop that
 * brings its bytes ({@link PendingReplies}); a larger one occupies its thread, so their number
 * bounds the large reads in flight.
 */
final class FuseLoop {
  private static final Logger log = LoggerFactory.getLogger(FuseLoop.class);

  private final RailFileSystem fileSystem;
  private final LibC libc;
  private final int fd;
  private final String name;
  private final FuseConfig.Timeouts timeouts;
  private final ReadHandler reads;
  private final PendingReplies pending;
  private final List<Thread> threads = new ArrayList<>();
  private final CountDownLatch ended;
  private final RequestsInProgress inWork;
  private final ReadyThreads ready = new ReadyThreads();
  private volatile boolean broken;

  /** The mount is gone, or is to go. */
  private volatile boolean ending;

  /** Another process is to answer from now on. */
  private volatile boolean stopping;

  FuseLoop(RailFileSystem fileSystem, FuseChannel channel, FuseConfig config) {
    this.fileSystem = fileSystem;
    this.libc = channel.libc();
    this.fd = channel.fd();
    this.name = channel.name();
    this.timeouts = config.timeouts();
    this.ended = new CountDownLatch(config.threads());
    this.inWork = new RequestsInProgress(config.threads());
    this.reads = new ReadHandler(fileSystem, new Failures(fileSystem.operations()));
    this.pending =
        new PendingReplies(libc, NativeRuntime.getInstance(), fd, reads, config.asyncReads());
    for (int i = 0; i < config.threads(); i++) {
      int index = i;
      Thread thread = new Thread(() -> serve(index), "fuse-" + i);
      thread.setDaemon(true);
      threads.add(thread);
    }
  }

  void start() {
    threads.forEach(Thread::start);
  }

  /** The life of one thread: requests, one after the other, until the mount is gone. */
  private void serve(int index) {
    try {
      Runtime runtime = NativeRuntime.getInstance();
      Pointer buffer = Memory.allocateDirect(runtime, FuseInit.REQUEST_BUFFER);
      RequestHandler handler = new RequestHandler(fileSystem, libc, fd, timeouts, reads, pending);
      while (!ending && !stopping && ready.begin()) {
        int length = (int) libc.read(fd, buffer.address(), FuseInit.REQUEST_BUFFER);
        ready.end();
        if (length >= Wire.IN_HEADER) {
          inWork.turn(index);
          handler.handle(buffer.address(), length);
          inWork.turn(index);
        } else if (!endsWell(length, length < 0 ? runtime.getLastError() : Errno.EIO)) {
          broken = true;
          break;
        }
      }
    } catch (InterruptedException e) {
      log.debug("a thread of {} ends before it began", name);
    } catch (RuntimeException | Error e) {
      log.error("a thread of {} ends: internal error (bug)", name, e);
      broken = true;
      throw e;
    } finally {
      if (ending || stopping) {
        ready.close(threads.size());
      }
      ended.countDown();
    }
  }

  /** What a read that brought no request means: false where this thread cannot go on. */
  private boolean endsWell(int length, int errno) {
    if (length == 0) {
      // The other end of a socket is closed; the kernel says ENODEV instead.
      ending = true;
      return true;
    }
    switch (errno) {
      case Errno.ENODEV -> ending = true;
      // ENOENT: the request was given up between its announcement and the read.
      case Errno.ENOENT, Errno.EINTR, Errno.EAGAIN -> log.trace("no request: errno {}", errno);
      default -> {
        log.error(
            "reading requests from the kernel failed with errno {}; this thread of {} ends",
            errno,
            name);
        return false;
      }
    }
    return true;
  }

  /**
   * Waits until the mount is gone, however it is unmounted, and its threads have ended; false when
   * the time is over before. Reads that a gone mount has left are given up: nobody waits for them.
   */
  boolean awaitEnd(Duration timeout) throws InterruptedException {
    boolean over = ended.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
    if (!over && ending) {
      threads.forEach(Thread::interrupt);
    }
    return over;
  }

  /** Waits for the threads, and for the reads that are answered later. */
  boolean awaitAll(int seconds, int pendingSeconds) throws InterruptedException {
    return ended.await(seconds, TimeUnit.SECONDS) && pending.awaitNone(pendingSeconds);
  }

  /**
   * Lets another process answer: each thread ends after its present request, and one that waits for
   * a request after the next. Requests that were read are answered.
   *
   * @param request makes a request, so that a thread that waits for one wakes up
   * @return false where the deadline, a {@link System#nanoTime}, was over before
   */
  boolean stop(Runnable request, long deadlineNanos) throws InterruptedException {
    stopping = true;
    ready.close(threads.size());
    while (!ended.await(1, TimeUnit.MILLISECONDS)) {
      if (System.nanoTime() - deadlineNanos > 0) {
        return false;
      }
      request.run();
    }
    return pending.awaitNone(
        (int) TimeUnit.NANOSECONDS.toSeconds(deadlineNanos - System.nanoTime()));
  }

  /** Whether threads still answer. */
  boolean isRunning() {
    return ended.getCount() > 0;
  }

  /** The mount is to go, though programs may still use it. */
  void giveUp() {
    ending = true;
  }

  /** Whether a thread has ended before the mount was gone. */
  boolean isBroken() {
    return broken;
  }

  /**
   * A request that has been in work for longer than the limit, as the place where it is. For one
   * thread only.
   *
   * @param elapsedNanos since this was called before
   */
  Optional<Throwable> findStuck(long elapsedNanos, Duration limit) {
    Optional<Throwable> unanswered = pending.findStuck(elapsedNanos, limit.toNanos());
    int index = inWork.look(elapsedNanos, limit.toNanos());
    return index < 0 ? unanswered : Optional.of(placeOf(threads.get(index)));
  }

  private static Throwable placeOf(Thread thread) {
    Throwable place = new Throwable("where " + thread.getName() + " is");
    place.setStackTrace(thread.getStackTrace());
    return place;
  }
}
