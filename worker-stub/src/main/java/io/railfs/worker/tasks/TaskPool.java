// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.tasks;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A fixed number of daemon threads behind a bounded queue. Owns its threads until {@link #close}.
 * Thread-safe.
 */
public final class TaskPool implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TaskPool.class);

  private static final long CLOSE_TIMEOUT_MILLIS = 3_000;
  private static final long INTERRUPT_TIMEOUT_MILLIS = 1_000;

  private final String name;
  private static final long LOG_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final ThreadPoolExecutor executor;
  private final AtomicLong nextLogNanos = new AtomicLong(System.nanoTime());

  /**
   * @param name prefix of the threads' names
   * @param threads most tasks at once
   * @param queue most tasks that wait
   */
  public TaskPool(String name, int threads, int queue) {
    this(name, threads, queue, Thread::new);
  }

  TaskPool(String name, int threads, int queue, ThreadFactory maker) {
    this.name = requireNonNull(name, "name is null");
    AtomicInteger number = new AtomicInteger();
    this.executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queue),
            task -> {
              Thread thread = maker.newThread(task);
              thread.setName(name + "-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
  }

  /**
   * Runs the task at some point; false where the queue is full, the pool closed, or no thread can
   * be started: then it never runs.
   */
  public boolean tryExecute(Runnable task) {
    Task taken = new Task(task);
    try {
      executor.execute(taken);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    } catch (OutOfMemoryError e) {
      // It may be in the queue all the same, and another thread may have it already.
      boolean refused = taken.claim();
      logNoThread(e);
      return !refused;
    }
  }

  /** At most once a minute: each task that comes meets the same limit. */
  private void logNoThread(OutOfMemoryError e) {
    long now = System.nanoTime();
    long next = nextLogNanos.get();
    if (now - next >= 0 && nextLogNanos.compareAndSet(next, now + LOG_NANOS)) {
      log.error("{} cannot start a thread; raise the limit of processes or of memory", name, e);
    }
  }

  /** A task that is run, or refused. */
  private final class Task extends AtomicBoolean implements Runnable {
    private static final long serialVersionUID = 1;

    private final transient Runnable task;

    Task(Runnable task) {
      this.task = task;
    }

    boolean claim() {
      return compareAndSet(false, true);
    }

    @Override
    public void run() {
      if (!claim()) {
        return;
      }
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        log.error("a task of {} failed; the thread goes on with the next", name, e);
      }
    }
  }

  /** Lets the tasks end for a few seconds, then interrupts them and drops those that wait. */
  @Override
  public void close() {
    executor.shutdown();
    try {
      if (executor.awaitTermination(CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
        return;
      }
      executor.shutdownNow();
      if (!executor.awaitTermination(INTERRUPT_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
        log.warn(
            "{} threads of {} hang in the storage; they are daemons and end with the process",
            executor.getActiveCount(),
            name);
      }
    } catch (InterruptedException e) {
      executor.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
