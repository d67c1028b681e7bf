// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ScheduledFuture;
import io.railfs.fabric.facts.ProcessLimits;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the connections of a client share that reads blocks on its own host: the blocks that were
 * lent, and the threads that read where neither the reader nor an event loop does. Thread-safe.
 *
 * <p>Two kinds of threads, so that one does not wait for the other: those that copy what is in
 * memory never wait for a disk, and the others may hang in one.
 */
public final class LocalSide implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LocalSide.class);

  /** Reads of a disk at once: what an NVMe disk has use for. */
  private static final int DISK_THREADS = 16;

  private static final int IDLE_SECONDS = 10;
  private static final int CLOSE_SECONDS = 2;

  private final LentBlocks lent;
  private final ExecutorService copiers =
      threads("railfs-local", Math.max(2, Runtime.getRuntime().availableProcessors() / 2));
  private final ExecutorService disks = threads("railfs-local-disk", DISK_THREADS);
  private final ScheduledFuture<?> expiry;

  /**
   * @param descriptors most files kept open, of which the process's limit allows a half
   */
  public LocalSide(int descriptors, EventLoopGroup timer) {
    long limit =
        ProcessLimits.of(Path.of("/")).map(ProcessLimits::openFiles).orElse((long) descriptors);
    lent = new LentBlocks((int) Math.min(descriptors, Math.max(1, limit / 2)));
    expiry =
        timer
            .next()
            .scheduleWithFixedDelay(() -> lent.expire(System.nanoTime()), 1, 1, TimeUnit.SECONDS);
  }

  private static ExecutorService threads(String name, int count) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            count,
            count,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new DefaultThreadFactory(name, true));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  LentBlocks lent() {
    return lent;
  }

  /** Copies from memory. */
  ExecutorService copiers() {
    return copiers;
  }

  /** Reads from disks, and closes files. */
  ExecutorService disks() {
    return disks;
  }

  /** Closes the files; to be called when no read is under way any more. */
  @Override
  public void close() {
    expiry.cancel(false);
    lent.close();
    copiers.shutdown();
    disks.shutdown();
    try {
      if (!disks.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        log.warn("threads hang in a disk; they are daemons and end with the process");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
