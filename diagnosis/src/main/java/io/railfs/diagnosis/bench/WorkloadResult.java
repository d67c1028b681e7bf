// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.bench;

/**
 * What a load did.
 *
 * @param bytes read
 * @param reads their number
 * @param nanos time from the first to the last
 * @param medianNanos time of one read, in the middle
 * @param p99Nanos time of one read, exceeded by one of a hundred
 * @param processorShare how busy all processors of this machine were, 0 to 1, by whomever
 */
public record WorkloadResult(
    long bytes, long reads, long nanos, long medianNanos, long p99Nanos, double processorShare) {
  public double bytesPerSecond() {
    return bytes / (Math.max(1, nanos) / 1e9);
  }

  public double readsPerSecond() {
    return reads / (Math.max(1, nanos) / 1e9);
  }
}
