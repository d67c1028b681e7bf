// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class MetricsTest {
  private enum Sample implements Metric {
    SENT("test.sent", Kind.COUNTER, Unit.BYTES, "Bytes sent.", "rail"),
    OPEN("test.open", Kind.GAUGE, Unit.NONE, "Files open."),
    MEMORY_BYTES("test.memory.bytes", Kind.GAUGE, Unit.BYTES, "Memory."),
    READ("test.read", Kind.HISTOGRAM, Unit.SECONDS, "Time of reads.", "level");

    private final String id;
    private final Kind kind;
    private final Unit unit;
    private final String meaning;
    private final String tags;

    Sample(String id, Kind kind, Unit unit, String meaning, String... tags) {
      this.id = id;
      this.kind = kind;
      this.unit = unit;
      this.meaning = meaning;
      this.tags = String.join(" ", tags);
    }

    @Override
    public Info info() {
      return Info.of(id, kind, unit, meaning, tags);
    }
  }

  @Test
  void seriesAreShownWithNameUnitKindAndTagsAsDeclared() {
    Buckets reads = new Buckets(List.of(0.5, 1.0), List.of(3L, 2L, 1L), 4.5);
    Metrics metrics =
        new Metrics(
            List.of(
                sink -> {
                  sink.value(Sample.SENT, 7L, "ib0");
                  sink.value(Sample.SENT, 8L, "ib1");
                  sink.value(Sample.OPEN, 2.5);
                  sink.value(Sample.MEMORY_BYTES, 1L);
                },
                sink -> sink.histogram(Sample.READ, reads, "cache")));

    assertThat(metrics.scrape().lines())
        .contains(
            "# TYPE test_sent_bytes_total counter",
            "# HELP test_sent_bytes_total Bytes sent.",
            "test_sent_bytes_total{rail=\"ib0\"} 7.0",
            "test_sent_bytes_total{rail=\"ib1\"} 8.0",
            "test_open 2.5",
            "test_memory_bytes 1.0",
            "# TYPE test_read_seconds histogram",
            "test_read_seconds_bucket{level=\"cache\",le=\"0.5\"} 3",
            "test_read_seconds_bucket{level=\"cache\",le=\"1.0\"} 5",
            "test_read_seconds_bucket{level=\"cache\",le=\"+Inf\"} 6",
            "test_read_seconds_count{level=\"cache\"} 6",
            "test_read_seconds_sum{level=\"cache\"} 4.5");
    assertThat(Sample.SENT.info().name()).isEqualTo("test_sent_bytes_total");
    assertThat(Sample.MEMORY_BYTES.info().name()).isEqualTo("test_memory_bytes");
    assertThat(Sample.READ.info().name()).isEqualTo("test_read_seconds");
  }

  @Test
  void valuesAreThoseOfTheScrapeAndSeriesThatAreToldNoMoreGo() {
    AtomicReference<List<String>> rails = new AtomicReference<>(List.of("ib0", "ib1"));
    AtomicReference<Long> bytes = new AtomicReference<>(1L);
    Metrics metrics =
        new Metrics(
            List.of(
                sink -> rails.get().forEach(rail -> sink.value(Sample.SENT, bytes.get(), rail))));

    assertThat(metrics.scrape()).contains("{rail=\"ib0\"} 1.0").contains("{rail=\"ib1\"} 1.0");
    rails.set(List.of("ib1"));
    bytes.set(5L);
    assertThat(metrics.scrape()).doesNotContain("ib0").contains("{rail=\"ib1\"} 5.0");
    rails.set(List.of("ib0"));
    assertThat(metrics.scrape()).contains("{rail=\"ib0\"} 5.0").doesNotContain("ib1");
  }

  @Test
  void whatIsNotDeclaredIsRefused() {
    assertThatThrownBy(() -> new Metrics(List.of(s -> s.value(Sample.SENT, 1L))).scrape())
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Metrics(List.of(s -> s.value(Sample.READ, 1L, "a"))).scrape())
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void durationsAreCountedByDoublings() {
    Durations durations = new Durations();
    for (long nanos : new long[] {0, 1, 4096, 4097, 8192, 1L << 36, Long.MAX_VALUE / 2}) {
      durations.add(nanos);
    }
    Buckets buckets = durations.buckets();
    assertThat(buckets.limits().get(0)).isEqualTo(4.096e-6);
    assertThat(buckets.counts().get(0)).isEqualTo(3);
    assertThat(buckets.counts().get(1)).isEqualTo(2);
    assertThat(buckets.counts().get(24)).as("up to 2^36 ns").isEqualTo(1);
    assertThat(buckets.counts().get(25)).as("beyond").isEqualTo(1);
    for (int bucket = 0; bucket < 25; bucket++) {
      assertThat(Durations.bucket(Durations.limitNanos(bucket))).isEqualTo(bucket);
      assertThat(Durations.bucket(Durations.limitNanos(bucket) + 1)).isEqualTo(bucket + 1);
    }
  }
}
