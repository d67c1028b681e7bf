// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.volumes;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what may hang in a thread of its own, which is left behind when its time is over: inside a
 * hung file system nothing interrupts it. Thread-safe.
 */
final class TimedSteps implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TimedSteps.class);

  private static final int IDLE_SECONDS = 10;

  /** What asks no file system that may hang is a matter of milliseconds, else something is odd. */
  private static final Duration KERNEL = Duration.ofMillis(1500);

  /** No limit of its own: who calls counts what was left behind ({@link NodeMounts}). */
  private final ExecutorService threads =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          new DefaultThreadFactory("railfs-csi-step", true));

  /** Something that may hang. */
  interface Step<T> {
    T run() throws IOException, VolumeException;
  }

  /** What is to be done about a step that is late. */
  interface Late<T> {
    /** It is left behind now. */
    void leftBehind();

    /** It has ended after all; with null where it failed. */
    void ended(T result);
  }

  /**
   * Does it.
   *
   * @throws TimeoutException when the time is over; its end is reported to {@code late}
   */
  <T> T within(Duration limit, Step<T> step, Late<T> late)
      throws IOException, VolumeException, TimeoutException {
    AtomicBoolean settled = new AtomicBoolean();
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              T result = null;
              try {
                result = step.run();
                return result;
              } finally {
                if (!settled.compareAndSet(false, true)) {
                  late.ended(result);
                }
              }
            });
    threads.execute(task);
    try {
      return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      if (settled.compareAndSet(false, true)) {
        late.leftBehind();
        throw e;
      }
      return finished(task);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      if (settled.compareAndSet(false, true)) {
        late.leftBehind();
      }
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      throw rethrown(e);
    }
  }

  /**
   * Does something about mounts that asks the kernel alone.
   *
   * @param discard takes a result that nobody waits for any more
   */
  <T> T kernel(Step<T> step, Consumer<T> discard) throws IOException, VolumeException {
    try {
      return within(
          KERNEL,
          step,
          new Late<>() {
            @Override
            public void leftBehind() {
              log.warn("a call about mounts takes longer than {} ms", KERNEL.toMillis());
            }

            @Override
            public void ended(T result) {
              log.info("the call about mounts that took long has ended");
              if (result != null) {
                discard.accept(result);
              }
            }
          });
    } catch (TimeoutException e) {
      throw new VolumeException(
          VolumeException.Reason.UNAVAILABLE,
          "the kernel does not answer calls about mounts on this node",
          e);
    }
  }

  /** It has ended at the very moment. */
  private static <T> T finished(FutureTask<T> task) throws IOException, VolumeException {
    try {
      return task.get();
    } catch (InterruptedException | CancellationException e) {
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      throw rethrown(e);
    }
  }

  private static IOException rethrown(ExecutionException problem)
      throws IOException, VolumeException {
    Throwable cause = problem.getCause();
    if (cause instanceof IOException e) {
      throw e;
    }
    if (cause instanceof VolumeException e) {
      throw e;
    }
    throw new IllegalStateException(cause);
  }

  /** Does something without waiting for it. */
  void inBackground(Runnable work) {
    threads.execute(work);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
