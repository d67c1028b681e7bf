// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.bulk;

import static java.util.Objects.requireNonNull;

import io.railfs.client.ClusterException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The requests for one worker and the threads that ask them: each worker gets its own as fast as it
 * takes them.
 */
final class WorkerQueue implements AutoCloseable {
  private static final int QUEUE = 1_024;
  private static final long OFFER_MILLIS = 100;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final int worker;
  private final BlockingQueue<Item> queue = new LinkedBlockingQueue<>();

  /** For work of the walk, which waits while too much of it does. */
  private final Semaphore room = new Semaphore(QUEUE);

  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean closed;

  /** One request. */
  interface Work {
    /** Asks and takes the answer. */
    void run(int worker, Duration timeout) throws ClusterException, InterruptedException;

    /** The worker did not do it. Must not block. */
    void failed(int worker, ClusterException cause);

    void failed(String problem);
  }

  private record Item(Work work, boolean takesRoom) {}

  /**
   * Starts the threads.
   *
   * @param worker place of the worker
   * @param atOnce requests at once
   */
  WorkerQueue(int worker, int atOnce) {
    this.worker = worker;
    for (int i = 0; i < atOnce; i++) {
      Thread thread = new Thread(this::work, "railfs-bulk-" + worker + "-" + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  /** Takes a request; waits while too many wait. */
  void add(Work work) throws InterruptedException {
    requireNonNull(work, "work is null");
    while (!room.tryAcquire(OFFER_MILLIS, TimeUnit.MILLISECONDS)) {
      if (closed) {
        work.failed("it was stopped");
        return;
      }
    }
    queue.add(new Item(work, true));
  }

  /**
   * Takes over a request of another queue at once: queues that waited for each other would hang.
   */
  void takeOver(Work work) {
    queue.add(new Item(requireNonNull(work, "work is null"), false));
  }

  private void work() {
    try {
      while (!closed) {
        Item item = queue.poll(OFFER_MILLIS, TimeUnit.MILLISECONDS);
        if (item != null) {
          if (item.takesRoom()) {
            room.release();
          }
          ask(item.work());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask(Work work) throws InterruptedException {
    try {
      work.run(worker, TIMEOUT);
    } catch (ClusterException e) {
      work.failed(worker, e);
    } catch (RuntimeException e) {
      work.failed("internal error (bug): " + e);
    }
  }

  /** Ends the threads; those that ask are interrupted. */
  @Override
  public void close() {
    closed = true;
    threads.forEach(Thread::interrupt);
  }
}
