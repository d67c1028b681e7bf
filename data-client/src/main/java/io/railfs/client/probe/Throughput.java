// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.probe;

/**
 * A transfer.
 *
 * @param bytes of payload in the time measured
 * @param nanos the time measured
 * @param totalBytes of payload with those before and after that time
 */
public record Throughput(long bytes, long nanos, long totalBytes) {
  public double bytesPerSecond() {
    return bytes / (Math.max(1, nanos) / 1e9);
  }
}
