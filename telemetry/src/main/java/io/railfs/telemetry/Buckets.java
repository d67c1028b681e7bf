// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.telemetry;

import java.util.List;

/**
 * A histogram at one moment.
 *
 * @param limits upper ends of the buckets, growing; one more bucket is beyond the last
 * @param counts in each bucket, one more than limits
 * @param sum of all values, which may be an estimate
 */
public record Buckets(List<Double> limits, List<Long> counts, double sum) {
  public Buckets {
    limits = List.copyOf(limits);
    counts = List.copyOf(counts);
    if (counts.size() != limits.size() + 1) {
      throw new IllegalArgumentException(
          counts.size() + " counts do not fit " + limits.size() + " limits");
    }
  }
}
