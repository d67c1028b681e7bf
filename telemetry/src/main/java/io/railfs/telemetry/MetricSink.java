// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.telemetry;

/** Takes the numbers of one moment. */
public interface MetricSink {
  /**
   * Takes the value of a counter or gauge.
   *
   * @param tags values of its tags, in the order of their declaration
   */
  void value(Metric metric, double value, String... tags);

  /** As {@link #value(Metric, double, String...)}. */
  default void value(Metric metric, long value, String... tags) {
    value(metric, (double) value, tags);
  }

  /** Takes a histogram; otherwise as {@link #value(Metric, double, String...)}. */
  void histogram(Metric metric, Buckets buckets, String... tags);
}
