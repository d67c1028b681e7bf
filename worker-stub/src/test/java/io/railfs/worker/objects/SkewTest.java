// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** A refusal is the clock's where the store's time is far from this machine's. */
final class SkewTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final String DATE = "Sun, 01 Mar 2026 12:00:00 GMT";

  @Test
  void onlyClocksThatDifferByMinutesAreTheReason() {
    assertThat(Skew.of(DATE, NOW, NOW)).isEmpty();
    assertThat(Skew.of(DATE, NOW, NOW.plusSeconds(100))).isEmpty();
    assertThat(Skew.of(DATE, NOW, NOW.plus(Duration.ofHours(1))))
        .get()
        .asString()
        .contains("3600 s");
    assertThat(Skew.of(DATE, NOW, NOW.minus(Duration.ofDays(400)))).isPresent();
    assertThat(Skew.of("yesterday", NOW, NOW)).isEmpty();
  }

  @Test
  void aClockThatWasPutRightWhileTheStoreAnsweredWasTheReasonStill() {
    Instant wrong = NOW.plus(Duration.ofHours(1));
    assertThat(Skew.of(DATE, wrong, NOW)).get().asString().contains("3600 s");
    assertThat(Skew.of(DATE, NOW, wrong)).get().asString().contains("3600 s");
  }

  @Test
  void theTimeIsFoundAmongTheHeadersInOpenDalsText() {
    String text =
        "PermissionDenied (permanent) at stat, context: { response: Parts { status: 403, headers:"
            + " {\"date\": \""
            + DATE
            + "\", \"server\": \"x\"} } }";
    assertThat(Skew.in(text, NOW, NOW)).isEmpty();
    assertThat(Skew.in(text, NOW, NOW.plus(Duration.ofHours(1)))).isPresent();
    assertThat(Skew.in("PermissionDenied", NOW, NOW.plus(Duration.ofHours(1)))).isEmpty();
  }
}
