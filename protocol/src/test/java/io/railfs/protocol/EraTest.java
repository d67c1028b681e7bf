// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EraTest {
  private static void check(long seconds, int nano) {
    long nanos = Era.nanos(seconds, nano);
    int era = Era.of(seconds, nano);
    BigInteger all =
        BigInteger.valueOf(seconds)
            .multiply(BigInteger.valueOf(1_000_000_000))
            .add(BigInteger.valueOf(nano));
    assertThat(BigInteger.valueOf(era).shiftLeft(64).add(BigInteger.valueOf(nanos))).isEqualTo(all);
    assertThat(Era.seconds(nanos, era)).isEqualTo(seconds);
    assertThat(Era.nano(nanos, era)).isEqualTo(nano);
  }

  /** Around 1677, 1969, 2262, 2446, 2486, and what 64 bits of seconds hold of it. */
  @ParameterizedTest
  @ValueSource(
      longs = {
        -9_223_372_037L,
        -9_223_372_036L,
        -1,
        0,
        1,
        9_223_372_036L,
        9_223_372_037L,
        15_032_385_535L,
        16_299_260_425L,
        18_446_744_073L,
        18_446_744_074L,
        1L << 52,
        -(1L << 52)
      })
  void everyTimeComesBack(long seconds) {
    for (int nano : new int[] {0, 1, 145_224_192, 854_775_807, 854_775_808, 999_999_999}) {
      check(seconds, nano);
    }
  }

  @Test
  void soDoTimesByChance() {
    Random random = new Random(Seed.take());
    for (int i = 0; i < 100_000; i++) {
      check(random.nextLong() >> (11 + random.nextInt(50)), random.nextInt(1_000_000_000));
    }
  }

  @Test
  void ordinaryTimesAreOfEraNull() {
    assertThat(Era.of(1_700_000_000, 5)).isZero();
    assertThat(Era.of(-2_147_483_648L, 500_000_000)).isZero();
    assertThat(Era.nanos(1_700_000_000, 5)).isEqualTo(1_700_000_000_000_000_005L);
    assertThat(Era.of(9_223_372_037L, 0)).isOne();
    assertThat(Era.of(-9_223_372_038L, 0)).isEqualTo(-1);
  }
}
