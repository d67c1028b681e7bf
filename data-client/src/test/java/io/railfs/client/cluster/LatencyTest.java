// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class LatencyTest {
  private final Latency latency = new Latency();

  @Test
  void fewFetchesSayNothing() {
    add(99, 1);
    assertThat(latency.p99(0)).isEqualTo(Latency.NONE);
  }

  @Test
  void oneInAHundredIsLeftOutAndTheRestIsToldToAQuarter() {
    add(990, 10);
    add(10, 1_000);
    assertThat(TimeUnit.NANOSECONDS.toMicros(latency.p99(0))).isBetween(10_000L, 13_000L);
    add(10, 1_000);
    assertThat(TimeUnit.NANOSECONDS.toMillis(latency.p99(0))).isBetween(1_000L, 1_300L);
  }

  @Test
  void whatIsOldCountsLess() {
    add(1_000, 1_000);
    for (int i = 0; i < 10; i++) {
      latency.age();
    }
    add(1_000, 1);
    assertThat(TimeUnit.NANOSECONDS.toMicros(latency.p99(0))).isBetween(1_000L, 1_300L);
  }

  @Test
  void smallAndLargeFetchesAreApart() {
    add(1_000, 1);
    assertThat(latency.p99(1)).isEqualTo(Latency.NONE);
  }

  private void add(int count, long millis) {
    for (int i = 0; i < count; i++) {
      latency.add(16 << 10, TimeUnit.MILLISECONDS.toNanos(millis));
    }
  }
}
