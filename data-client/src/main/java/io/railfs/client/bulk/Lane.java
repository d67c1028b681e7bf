package io.railfs.client.bulk;

import static java.util.Objects.requireNonNull;

import io.railfs.client.ClusterException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The questions to one worker, and the threads that ask them: each worker gets its own as fast as
 * it takes them. Once it did not answer at all, it is given less time until it does again.
 */
final class Lane implements AutoCloseable {
  private static final int QUEUE = 1_024;
  private static final long OFFER_MILLIS = 100;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration PATIENCE_WITH_A_LOST_ONE = Duration.ofSeconds(1);

  private final int worker;
  private final BlockingQueue<Work> queue = new ArrayBlockingQueue<>(QUEUE);
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean lost;
  private volatile boolean closed;

  /** One question. */
  interface Work {
    /** Asks and takes the answer. */
    void run(int worker, Duration patience) throws ClusterException, InterruptedException;

    void failed(String problem);
  }

  /**
   * Starts the threads.
   *
   * @param worker place of the worker
   * @param atOnce questions at once
   */
  Lane(int worker, int atOnce) {
    this.worker = worker;
    for (int i = 0; i < atOnce; i++) {
      Thread thread = new Thread(this::work, "railfs-bulk-" + worker + "-" + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  /** Takes a question; waits while too many wait. */
  void add(Work work) throws InterruptedException {
    requireNonNull(work, "work is null");
    while (!queue.offer(work, OFFER_MILLIS, TimeUnit.MILLISECONDS)) {
      if (closed) {
        work.failed("it was stopped");
        return;
      }
    }
  }

  private void work() {
    try {
      while (!closed) {
        Work work = queue.poll(OFFER_MILLIS, TimeUnit.MILLISECONDS);
        if (work != null) {
          ask(work);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask(Work work) throws InterruptedException {
    try {
      work.run(worker, lost ? PATIENCE_WITH_A_LOST_ONE : PATIENCE);
      lost = false;
    } catch (ClusterException e) {
      lost = e.failure() == ClusterException.Failure.DEADLINE;
      work.failed(e.getMessage());
    } catch (RuntimeException e) {
      work.failed("a defect in RailFS: " + e);
    }
  }

  /** Ends the threads; those that ask are interrupted. */
  @Override
  public void close() {
    closed = true;
    threads.forEach(Thread::interrupt);
  }
}
