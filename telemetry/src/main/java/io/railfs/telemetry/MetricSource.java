// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.telemetry;

/** Knows numbers. Thread-safe. */
public interface MetricSource {
  /** Reports them as they are now. May read small files of the kernel; must not wait for others. */
  void collect(MetricSink sink);
}
