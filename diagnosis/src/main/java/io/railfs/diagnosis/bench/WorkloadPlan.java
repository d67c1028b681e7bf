// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.bench;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How to read.
 *
 * @param streams threads that read at once, 1 to 64
 * @param blockSize bytes of each read
 * @param random whether each read is somewhere else; otherwise each stream reads its part in order,
 *     over and over
 * @param region bytes from the start of the file that are read
 * @param duration how long
 */
public record WorkloadPlan(
    int streams, int blockSize, boolean random, long region, Duration duration) {
  public static final int MAX_STREAMS = 64;

  public WorkloadPlan {
    requireNonNull(duration, "duration is null");
    if (streams < 1 || streams > MAX_STREAMS) {
      throw new IllegalArgumentException(streams + " streams are not between 1 and " + MAX_STREAMS);
    }
    if (blockSize < 1 || region < 1) {
      throw new IllegalArgumentException("nothing to read");
    }
  }
}
