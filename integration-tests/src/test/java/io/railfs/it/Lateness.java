// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * How much later than due the machine runs threads meanwhile. What ends at a deadline may end later
 * by that: it says nothing about RailFS.
 */
final class Lateness implements AutoCloseable {
  private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** Usual also where little else runs; each by itself does not matter. */
  private static final long USUAL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final AtomicLong lateNanos = new AtomicLong();
  private final Thread thread = new Thread(this::watch, "lateness");
  private volatile boolean closed;

  private Lateness() {
    thread.setDaemon(true);
  }

  static Lateness start() {
    Lateness lateness = new Lateness();
    lateness.thread.start();
    return lateness;
  }

  private void watch() {
    long last = System.nanoTime();
    while (!closed) {
      LockSupport.parkNanos(STEP_NANOS);
      long now = System.nanoTime();
      lateNanos.addAndGet(Math.max(0, now - last - STEP_NANOS - USUAL_NANOS));
      last = now;
    }
  }

  /** In all, since the start. */
  Duration total() {
    return Duration.ofNanos(lateNanos.get());
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
