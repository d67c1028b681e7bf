// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.telemetry;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * The metrics of a process, read from their sources at each scrape and at no other time, so that
 * counting costs nothing beyond what the sources count anyway. Thread-safe.
 *
 * <p>A series begins when a source first reports it and ends when its source reports it no more, as
 * that of a rail that has gone.
 */
public final class Metrics {
  private final List<MetricSource> sources;
  private final Map<SeriesKey, Series> series = new HashMap<>();
  private final HistogramCollector histograms = new HistogramCollector();

  /** Made by the first scrape: a process that nobody watches does not even load Micrometer. */
  private PrometheusMeterRegistry registry;

  public Metrics(List<MetricSource> sources) {
    this.sources = List.copyOf(sources);
  }

  /** What distinguishes a series from all others. */
  private record SeriesKey(Metric metric, List<String> tags) {}

  /** The latest value of a series, and the meter that shows it. */
  private static final class Series {
    private double value;
    private boolean reported;
    private Meter meter;

    double value() {
      return value;
    }
  }

  /** All metrics in Prometheus' text format, version 0.0.4. */
  public synchronized String scrape() {
    if (registry == null) {
      registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
      registry.getPrometheusRegistry().register(histograms);
    }
    Collecting collecting = new Collecting();
    sources.forEach(source -> source.collect(collecting));
    collecting.end();
    return registry.scrape();
  }

  private void register(SeriesKey key, Series fresh) {
    Metric.Info info = key.metric().info();
    List<Tag> tags = new ArrayList<>();
    for (int i = 0; i < info.tags().size(); i++) {
      tags.add(Tag.of(info.tags().get(i), key.tags().get(i)));
    }
    String unit = info.unit() == Metric.Unit.NONE ? null : info.unit().suffix();
    fresh.meter =
        info.kind() == Metric.Kind.COUNTER
            ? FunctionCounter.builder(info.id(), fresh, Series::value)
                .tags(tags)
                .description(info.meaning())
                .baseUnit(unit)
                .register(registry)
            : Gauge.builder(info.id(), fresh, Series::value)
                .tags(tags)
                .description(info.meaning())
                .baseUnit(unit)
                .register(registry);
  }

  /** One scrape. */
  private final class Collecting implements MetricSink {
    private final List<HistogramCollector.HistogramSample> reported = new ArrayList<>();

    @Override
    public void value(Metric metric, double value, String... tags) {
      check(metric, tags, metric.info().kind() != Metric.Kind.HISTOGRAM);
      SeriesKey key = new SeriesKey(metric, List.of(tags));
      Series known = series.get(key);
      if (known == null) {
        known = new Series();
        series.put(key, known);
        register(key, known);
      }
      known.value = value;
      known.reported = true;
    }

    @Override
    public void histogram(Metric metric, Buckets buckets, String... tags) {
      check(metric, tags, metric.info().kind() == Metric.Kind.HISTOGRAM);
      reported.add(new HistogramCollector.HistogramSample(metric.info(), buckets, List.of(tags)));
    }

    private void check(Metric metric, String[] tags, boolean rightKind) {
      if (!rightKind || tags.length != metric.info().tags().size()) {
        throw new IllegalArgumentException(metric + " is not declared like that");
      }
    }

    void end() {
      histograms.show(reported);
      Iterator<Series> all = series.values().iterator();
      while (all.hasNext()) {
        Series one = all.next();
        if (!one.reported) {
          registry.remove(one.meter);
          all.remove();
        }
        one.reported = false;
      }
    }
  }
}
