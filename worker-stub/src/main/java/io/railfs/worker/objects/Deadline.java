// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import java.util.concurrent.TimeUnit;

/**
 * When an operation has to be over.
 *
 * @param nanoTime on the clock of {@link System#nanoTime}
 */
record Deadline(long nanoTime) {
  static Deadline in(long millis) {
    return new Deadline(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
  }

  /** Not negative. */
  long remainingMillis() {
    return Math.max(0, TimeUnit.NANOSECONDS.toMillis(nanoTime - System.nanoTime()));
  }
}
