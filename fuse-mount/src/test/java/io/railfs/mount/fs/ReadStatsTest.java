// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReadStatsTest {
  @ParameterizedTest
  @ValueSource(longs = {4, 5, 7, 8, 1_000, 123_456, 999_999, 30_000_000_000L, 1_000_000_000_000L})
  void timeIsBelowTheLimitOfItsStepByAQuarterAtMost(long nanos) {
    int step = ReadStats.step(nanos);
    assertThat(nanos).isLessThan(ReadStats.limitNanos(step));
    assertThat(nanos).isGreaterThanOrEqualTo(ReadStats.limitNanos(step - 1));
    assertThat((double) ReadStats.limitNanos(step)).isLessThanOrEqualTo(nanos * 1.26 + 1);
  }

  @Test
  void whatIsLongerThanAnyStepIsCountedInTheLast() {
    assertThat(ReadStats.step(Long.MAX_VALUE)).isEqualTo(ReadStats.STEPS - 1);
    assertThat(ReadStats.step(0)).isZero();
  }

  @Test
  void readsAreCountedByHowTheyEnded() {
    ReadStats.Counters counters = new ReadStats.Counters();
    counters.ended(true, 100, 1_000);
    counters.ended(false, 10, 2_000_000);
    counters.failed(TimeUnit.SECONDS.toNanos(4));
    ReadStats stats = counters.snapshot();
    assertThat(stats.reads()).isEqualTo(3);
    assertThat(stats.hits()).isEqualTo(1);
    assertThat(stats.misses()).isEqualTo(1);
    assertThat(stats.errors()).isEqualTo(1);
    assertThat(stats.bytes()).isEqualTo(110);
    assertThat(stats.times().stream().mapToLong(Long::longValue).sum()).isEqualTo(3);
  }
}
