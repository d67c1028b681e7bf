// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.cluster;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.railfs.client.net.AttemptException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where fetches wait for the first data connection to a worker. Thread-safe. */
public final class ConnectionWaiters {
  private static final Logger log = LoggerFactory.getLogger(ConnectionWaiters.class);

  /** Something that waits. {@link #opened} or {@link #notOpened} is called, once. */
  public interface Entry {
    /** Bytes that it will ask for. */
    int bytes();

    /** The {@link System#nanoTime} after which the connection is of no use. */
    long deadlineNanos();

    /** There is a connection. */
    void opened();

    /** There is none, or it takes too long. */
    void notOpened(AttemptException cause);
  }

  private final EventLoopGroup loops;
  private final String worker;
  private final Runnable slow;
  private final AtomicLong bytes = new AtomicLong();
  private final Queue<Waiter> waiting = new ConcurrentLinkedQueue<>();

  /**
   * @param worker for messages
   * @param slow run when somebody has waited for as long as it may, which is before its deadline
   */
  ConnectionWaiters(EventLoopGroup loops, String worker, Runnable slow) {
    this.loops = loops;
    this.worker = worker;
    this.slow = slow;
  }

  /** Bytes that the entries that wait will ask for. */
  long bytes() {
    return bytes.get();
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /**
   * Waits. The caller has to see to it afterwards that somebody calls {@link #admit} or {@link
   * #refuse}.
   */
  void enter(Entry entry, long maxNanos) {
    Waiter waiter = new Waiter(entry);
    bytes.addAndGet(entry.bytes());
    waiting.add(waiter);
    long left = entry.deadlineNanos() - System.nanoTime();
    long wait = Math.max(0, Math.min(left, maxNanos));
    try {
      waiter.timer = loops.next().schedule(() -> expire(waiter, wait), wait, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      refuse(new AttemptException(AttemptException.Kind.CLOSED, "the client was closed", e));
    }
  }

  private void expire(Waiter waiter, long wait) {
    if (!waiter.claim()) {
      return;
    }
    waiting.remove(waiter);
    if (waiter.entry.deadlineNanos() - System.nanoTime() > 0) {
      slow.run();
    }
    end(
        waiter,
        entry ->
            entry.notOpened(
                new AttemptException(
                    AttemptException.Kind.NOT_OPENED,
                    "no connection to worker %s could be opened within %d ms"
                        .formatted(worker, TimeUnit.NANOSECONDS.toMillis(wait)))));
  }

  /** Notifies all that wait: there is a connection. */
  void admit() {
    empty().forEach(waiter -> end(waiter, Entry::opened));
  }

  /** Notifies all that wait: there will be none. */
  void refuse(AttemptException cause) {
    empty().forEach(waiter -> end(waiter, entry -> entry.notOpened(cause)));
  }

  /** All of them first, as one that is notified may come back. */
  private List<Waiter> empty() {
    List<Waiter> claimed = new ArrayList<>();
    for (Waiter waiter = waiting.poll(); waiter != null; waiter = waiting.poll()) {
      if (waiter.claim()) {
        Future<?> timer = waiter.timer;
        if (timer != null) {
          timer.cancel(false);
        }
        claimed.add(waiter);
      }
    }
    return claimed;
  }

  /**
   * One that takes its end badly must not keep the others from theirs. Its bytes count until they
   * are in flight: else the worker would seem to have nothing to do while many are notified.
   */
  private void end(Waiter waiter, Consumer<Entry> end) {
    try {
      end.accept(waiter.entry);
    } catch (RuntimeException | Error e) {
      log.error("a wait for worker {} ended badly: internal error (bug)", worker, e);
    } finally {
      bytes.addAndGet(-waiter.entry.bytes());
    }
  }

  /** A place in the queue; the thread that claims it decides what becomes of the entry. */
  private static final class Waiter {
    private final Entry entry;
    private final AtomicBoolean claimed = new AtomicBoolean();

    /** Null until it is set; a timer that nobody cancels finds the place claimed. */
    private volatile Future<?> timer;

    Waiter(Entry entry) {
      this.entry = entry;
    }

    boolean claim() {
      return claimed.compareAndSet(false, true);
    }
  }
}
