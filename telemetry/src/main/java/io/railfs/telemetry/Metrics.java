// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The metrics of a process, read from their sources at each scrape and at no other time, so that
 * counting costs nothing beyond what the sources count anyway. Thread-safe where the sources are.
 *
 * <p>A series is shown as long as its source reports it: that of a rail that has gone ends.
 */
public final class Metrics {
  private final List<MetricSource> sources;

  public Metrics(List<MetricSource> sources) {
    this.sources = List.copyOf(sources);
  }

  /** All metrics in Prometheus' text format, version 0.0.4. */
  public String scrape() {
    Scrape scrape = new Scrape();
    sources.forEach(source -> source.collect(scrape));
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.create().write(text, scrape.snapshots());
    } catch (IOException e) {
      throw new UncheckedIOException("an array in memory cannot fail to be written", e);
    }
    return text.toString(UTF_8);
  }

  /** What the sources report at one scrape: of each metric its series; the last word counts. */
  private static final class Scrape implements MetricSink {
    private final Map<Metric, Map<Labels, DataPointSnapshot>> series = new LinkedHashMap<>();

    @Override
    public void value(Metric metric, double value, String... tags) {
      Metric.Info info = metric.info();
      check(metric, tags, info.kind() != Metric.Kind.HISTOGRAM);
      add(
          metric,
          info.kind() == Metric.Kind.COUNTER
              ? new CounterDataPointSnapshot(value, labels(info, tags), null, 0)
              : new GaugeDataPointSnapshot(value, labels(info, tags), null));
    }

    @Override
    public void histogram(Metric metric, Buckets buckets, String... tags) {
      check(metric, tags, metric.info().kind() == Metric.Kind.HISTOGRAM);
      List<Double> limits = new ArrayList<>(buckets.limits());
      limits.add(Double.POSITIVE_INFINITY);
      add(
          metric,
          HistogramDataPointSnapshot.builder()
              .classicHistogramBuckets(ClassicHistogramBuckets.of(limits, buckets.counts()))
              .sum(buckets.sum())
              .labels(labels(metric.info(), tags))
              .build());
    }

    private static void check(Metric metric, String[] tags, boolean rightKind) {
      if (!rightKind || tags.length != metric.info().tags().size()) {
        throw new IllegalArgumentException(metric + " is not declared like that");
      }
    }

    private static Labels labels(Metric.Info info, String[] values) {
      return Labels.of(info.tags().toArray(String[]::new), values);
    }

    private void add(Metric metric, DataPointSnapshot point) {
      series.computeIfAbsent(metric, m -> new LinkedHashMap<>()).put(point.getLabels(), point);
    }

    MetricSnapshots snapshots() {
      MetricSnapshots.Builder all = MetricSnapshots.builder();
      series.forEach(
          (metric, points) -> all.metricSnapshot(snapshot(metric.info(), points.values())));
      return all.build();
    }

    private static MetricSnapshot snapshot(Metric.Info info, Collection<DataPointSnapshot> points) {
      MetricMetadata metadata = new MetricMetadata(info.family(), info.meaning());
      return switch (info.kind()) {
        case COUNTER -> new CounterSnapshot(metadata, all(CounterDataPointSnapshot.class, points));
        case GAUGE -> new GaugeSnapshot(metadata, all(GaugeDataPointSnapshot.class, points));
        case HISTOGRAM ->
            new HistogramSnapshot(metadata, all(HistogramDataPointSnapshot.class, points));
      };
    }

    private static <T> List<T> all(Class<T> kind, Collection<DataPointSnapshot> points) {
      return points.stream().map(kind::cast).toList();
    }
  }
}
