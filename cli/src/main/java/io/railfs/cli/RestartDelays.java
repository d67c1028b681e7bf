// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How long to wait before each of several tries: not at all before the first one, then twice as
 * long each time up to a bound, and from the beginning once it has been quiet for a while, however
 * long the pauses had become: what is killed now and then comes back at once each time.
 */
final class RestartDelays {
  private static final Duration SHORTEST = Duration.ofMillis(500);
  static final Duration LONGEST = Duration.ofSeconds(30);
  static final Duration QUIET = Duration.ofSeconds(30);

  private final LongSupplier nanos;
  private Duration next = Duration.ZERO;
  private Duration before = Duration.ZERO;
  private long last;

  RestartDelays() {
    this(System::nanoTime);
  }

  RestartDelays(LongSupplier nanos) {
    this.nanos = nanos;
    this.last = nanos.getAsLong();
  }

  /** The pause before the try that is due now. */
  Duration next() {
    long now = nanos.getAsLong();
    if (now - last > before.plus(QUIET).toNanos()) {
      next = Duration.ZERO;
    }
    last = now;
    Duration pause = next;
    Duration doubled = pause.isZero() ? SHORTEST : pause.multipliedBy(2);
    next = doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
    before = pause;
    return pause;
  }
}
