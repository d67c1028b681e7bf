// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Exponential backoff with jitter: waits that double up to a limit, each at random between half and
 * all of its step, so that those who failed together do not return together. Immutable.
 */
public final class Backoff {
  private static final int MAX_DOUBLINGS = 20;

  private final long firstNanos;
  private final long maxNanos;

  /**
   * @param first longest wait after the first failure
   * @param max longest wait after many
   */
  public Backoff(Duration first, Duration max) {
    this.firstNanos = requireNonNull(first, "first is null").toNanos();
    this.maxNanos = requireNonNull(max, "max is null").toNanos();
  }

  /**
   * How long to wait.
   *
   * @param failures how many there were in a row before, 0 for the first wait
   */
  public long delayNanos(int failures) {
    long step = Math.min(maxNanos, firstNanos << Math.min(failures, MAX_DOUBLINGS));
    return step / 2 + ThreadLocalRandom.current().nextLong(step / 2 + 1);
  }
}
