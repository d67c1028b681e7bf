// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.fetch;

import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the bytes in flight. What has room passes at once and without a lock; what has none waits
 * in line, first come first served. Something larger than the whole limit passes when nothing else
 * is in flight. Thread-safe.
 */
public final class FetchGate {
  /** Something that wants to pass. One of its methods is called, once. */
  interface Entry {
    /** Bytes that it will have in flight until {@link FetchGate#release}. */
    int bytes();

    /** The {@link System#nanoTime} after which it no longer wants to. */
    long deadlineNanos();

    void admitted();

    /** It did not pass: the deadline came first. */
    void expired();

    /** It did not pass: the gate was closed. */
    void closed();
  }

  private final long limit;
  private final AtomicLong inFlight = new AtomicLong();
  private final AtomicInteger waiting = new AtomicInteger();
  private final Queue<Waiter> line = new ConcurrentLinkedQueue<>();
  private final AtomicInteger draining = new AtomicInteger();
  private volatile boolean closed;

  FetchGate(long limit) {
    this.limit = limit;
  }

  long inFlight() {
    return inFlight.get();
  }

  int waiting() {
    return waiting.get();
  }

  /**
   * Lets the entry pass, now or later.
   *
   * @return whether it waits, so that {@link #expire} has to be called until it does not
   */
  boolean enter(Entry entry) {
    if (closed) {
      entry.closed();
      return false;
    }
    if (waiting.get() == 0 && take(entry.bytes())) {
      entry.admitted();
      return false;
    }
    waiting.incrementAndGet();
    line.add(new Waiter(entry));
    drain();
    if (closed) {
      close();
    }
    return true;
  }

  /** Gives the bytes of an entry that was admitted back. */
  void release(int bytes) {
    inFlight.addAndGet(-bytes);
    if (waiting.get() > 0) {
      drain();
    }
  }

  /** Ends the waiting of those whose deadline has passed. */
  void expire(long now) {
    for (Iterator<Waiter> waiters = line.iterator(); waiters.hasNext(); ) {
      Waiter waiter = waiters.next();
      if (now - waiter.entry.deadlineNanos() >= 0 && waiter.claim()) {
        waiters.remove();
        waiting.decrementAndGet();
        waiter.entry.expired();
      }
    }
    drain();
  }

  /** Refuses the entries that wait and those that come. */
  void close() {
    closed = true;
    for (Iterator<Waiter> waiters = line.iterator(); waiters.hasNext(); ) {
      Waiter waiter = waiters.next();
      if (waiter.claim()) {
        waiters.remove();
        waiting.decrementAndGet();
        waiter.entry.closed();
      }
    }
  }

  /** One thread at a time admits; others leave their turn to it. */
  private void drain() {
    if (draining.getAndIncrement() != 0) {
      return;
    }
    int turns = 1;
    do {
      for (Waiter head = line.peek(); head != null; head = line.peek()) {
        int bytes = head.entry.bytes();
        if (!take(bytes)) {
          break;
        }
        line.remove(head);
        if (head.claim()) {
          waiting.decrementAndGet();
          head.entry.admitted();
        } else {
          inFlight.addAndGet(-bytes);
        }
      }
      turns = draining.addAndGet(-turns);
    } while (turns != 0);
  }

  private boolean take(int bytes) {
    long now = inFlight.get();
    while (now == 0 || now + bytes <= limit) {
      if (inFlight.compareAndSet(now, now + bytes)) {
        return true;
      }
      now = inFlight.get();
    }
    return false;
  }

  /** A place in the queue; the thread that claims it decides what becomes of the entry. */
  private static final class Waiter {
    private final Entry entry;
    private final AtomicBoolean claimed = new AtomicBoolean();

    Waiter(Entry entry) {
      this.entry = entry;
    }

    boolean claim() {
      return claimed.compareAndSet(false, true);
    }
  }
}
