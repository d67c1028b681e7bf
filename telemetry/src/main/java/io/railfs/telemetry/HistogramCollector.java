// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.telemetry;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Shows histograms whose buckets were counted elsewhere, which Micrometer has no meter for.
 * Thread-safe.
 */
final class HistogramCollector implements MultiCollector {
  private volatile List<HistogramSample> latest = List.of();

  /** One series of a histogram. */
  record HistogramSample(Metric.Info info, Buckets buckets, List<String> tags) {}

  void show(List<HistogramSample> histograms) {
    latest = List.copyOf(histograms);
  }

  @Override
  public MetricSnapshots collect() {
    Map<Metric.Info, List<HistogramSnapshot.HistogramDataPointSnapshot>> points =
        new LinkedHashMap<>();
    for (HistogramSample sample : latest) {
      points.computeIfAbsent(sample.info(), info -> new ArrayList<>()).add(point(sample));
    }
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    points.forEach(
        (info, data) ->
            all.metricSnapshot(
                new HistogramSnapshot(new MetricMetadata(info.name(), info.meaning()), data)));
    return all.build();
  }

  private static HistogramSnapshot.HistogramDataPointSnapshot point(HistogramSample sample) {
    List<Double> limits = new ArrayList<>(sample.buckets().limits());
    limits.add(Double.POSITIVE_INFINITY);
    return HistogramSnapshot.HistogramDataPointSnapshot.builder()
        .classicHistogramBuckets(ClassicHistogramBuckets.of(limits, sample.buckets().counts()))
        .sum(sample.buckets().sum())
        .labels(
            Labels.of(
                sample.info().tags().toArray(String[]::new), sample.tags().toArray(String[]::new)))
        .build();
  }
}
