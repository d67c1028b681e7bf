// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Decides which threads of a session wait for the kernel's next request. The kernel gives requests
 * to its waiting threads in turn, so where all wait, each request finds a thread whose stack and
 * code no processor has at hand. A few wait; the others are called when those few have work that
 * takes long. Thread-safe; takes no lock unless a thread rests or is called.
 */
final class ReadyThreads {
  /** With fewer than this in wait another one is called. */
  private static final int MIN = 2;

  private static final int MAX = 4;

  private final int max;
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicInteger resting = new AtomicInteger();
  private final Semaphore calls = new Semaphore(0);
  private volatile boolean closed;

  ReadyThreads() {
    // Requests that are answered from memory keep as many threads busy as there are processors.
    this(Math.max(MAX, Runtime.getRuntime().availableProcessors()));
  }

  /**
   * @param max that wait at a time
   */
  ReadyThreads(int max) {
    this.max = max;
  }

  /**
   * Before a thread waits for a request; rests as long as enough others wait. False: there is
   * nothing to wait for any more.
   */
  boolean begin() throws InterruptedException {
    while (!tryBegin()) {
      if (closed) {
        return false;
      }
      resting.incrementAndGet();
      try {
        // Those who waited may have left before they saw this one rest.
        if (waiting.get() >= MIN) {
          calls.acquire();
        }
      } finally {
        resting.decrementAndGet();
      }
    }
    return true;
  }

  private boolean tryBegin() {
    int now = waiting.get();
    while (now < max) {
      int seen = waiting.compareAndExchange(now, now + 1);
      if (seen == now) {
        return true;
      }
      now = seen;
    }
    return false;
  }

  /** When its wait is over. */
  void end() {
    if (waiting.decrementAndGet() < MIN && resting.get() > 0) {
      calls.release();
    }
  }

  /**
   * Calls all that rest, and lets nobody rest any more.
   *
   * @param threads how many there are
   */
  void close(int threads) {
    closed = true;
    calls.release(threads);
  }
}
