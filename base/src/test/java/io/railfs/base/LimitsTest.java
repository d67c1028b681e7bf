// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Backoff, the token bucket and the limit of log lines, on a clock of their own. */
final class LimitsTest {
  private final AtomicLong clock = new AtomicLong(-5);

  private void pass(Duration time) {
    clock.addAndGet(time.toNanos());
  }

  @Test
  void oneLinePassesInEachIntervalAndSaysHowManyDidNot() {
    LogLimiter limiter = new LogLimiter(Duration.ofSeconds(1), clock::get);
    assertThat(limiter.tryAcquire()).hasValue(0);
    for (int i = 0; i < 3; i++) {
      assertThat(limiter.tryAcquire()).isEmpty();
    }
    pass(Duration.ofSeconds(1));
    assertThat(limiter.tryAcquire()).hasValue(3);
    pass(Duration.ofSeconds(9));
    assertThat(limiter.tryAcquire()).hasValue(0);
  }

  @Test
  void unitsWaitForThoseBeforeThem() {
    TokenBucket bucket = new TokenBucket(10, 0, clock::get);
    assertThat(bucket.take(5)).isZero();
    assertThat(bucket.take(10)).isEqualTo(Duration.ofMillis(500).toNanos());
    assertThat(bucket.take(1)).isEqualTo(Duration.ofMillis(1_500).toNanos());
    pass(Duration.ofSeconds(10));
    assertThat(bucket.take(1)).isZero();
  }

  @Test
  void aWaitThatIsTooLongTakesNothing() {
    TokenBucket bucket = new TokenBucket(10, 0, clock::get);
    assertThat(bucket.take(10)).isZero();
    long tooShort = Duration.ofMillis(900).toNanos();
    assertThat(bucket.tryTake(10, tooShort)).isEqualTo(Long.MAX_VALUE);
    assertThat(bucket.tryTake(10, tooShort)).isEqualTo(Long.MAX_VALUE);
    pass(Duration.ofMillis(100));
    assertThat(bucket.tryTake(10, tooShort)).isEqualTo(tooShort);
  }

  @Test
  void aBurstPassesAfterAPauseAndUnusedUnitsComeBack() {
    TokenBucket bucket = new TokenBucket(10, Duration.ofSeconds(1).toNanos(), clock::get);
    pass(Duration.ofSeconds(60));
    assertThat(bucket.take(10)).isNegative();
    assertThat(bucket.take(10)).isZero();
    bucket.giveBack(10);
    assertThat(bucket.take(1)).isZero();
  }

  @Test
  void noLimitWaitsForNothing() {
    TokenBucket bucket = new TokenBucket(0, 0, clock::get);
    assertThat(bucket.take(1L << 40)).isZero();
    assertThat(bucket.take(1L << 40)).isZero();
  }

  @Test
  void waitsDoubleUpToTheLimitWithJitter() {
    Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(2));
    for (int failures : new int[] {0, 1, 2, 5, 60}) {
      long step = Math.min(2_000, 100L << Math.min(failures, 20));
      for (int i = 0; i < 100; i++) {
        assertThat(Duration.ofNanos(backoff.delayNanos(failures)).toMillis())
            .isBetween(step / 2, step);
      }
    }
  }
}
