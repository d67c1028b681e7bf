// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class RestartDelaysTest {
  private final AtomicLong now = new AtomicLong(-5);
  private final RestartDelays pauses = new RestartDelays(now::get);

  @Test
  void theyGrowFromNothingToABound() {
    List<Long> millis = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      millis.add(pauses.next().toMillis());
      now.addAndGet(Duration.ofSeconds(1).toNanos());
    }
    assertThat(millis)
        .containsExactly(0L, 500L, 1000L, 2000L, 4000L, 8000L, 16_000L, 30_000L, 30_000L, 30_000L);
  }

  @Test
  void afterAQuietTimeTheyBeginAnew() {
    pauses.next();
    Duration pause = pauses.next();
    assertThat(pause).isPositive();
    // The pause itself is no quiet time.
    now.addAndGet(RestartDelays.QUIET.toNanos() + 1);
    assertThat(pauses.next()).isPositive();
    now.addAndGet(pause.multipliedBy(2).plus(RestartDelays.QUIET).toNanos() + 1);
    assertThat(pauses.next()).isZero();
  }
}
