// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * Lets one line through in each interval and counts the others, so that what happens in a loop
 * fills neither the log nor the disk. Thread-safe; takes no lock.
 */
public final class LogLimiter {
  private final long intervalNanos;
  private final LongSupplier nanos;
  private final AtomicLong due;
  private final LongAdder suppressed = new LongAdder();

  public LogLimiter(Duration interval) {
    this(interval, System::nanoTime);
  }

  LogLimiter(Duration interval, LongSupplier nanos) {
    this.intervalNanos = requireNonNull(interval, "interval is null").toNanos();
    this.nanos = requireNonNull(nanos, "nanos is null");
    this.due = new AtomicLong(nanos.getAsLong());
  }

  /**
   * Asks for a line.
   *
   * @return how many were suppressed since the last line; empty where this one is suppressed too
   */
  public OptionalLong tryAcquire() {
    long now = nanos.getAsLong();
    long next = due.get();
    if (now - next < 0 || !due.compareAndSet(next, now + intervalNanos)) {
      suppressed.increment();
      return OptionalLong.empty();
    }
    return OptionalLong.of(suppressed.sumThenReset());
  }
}
