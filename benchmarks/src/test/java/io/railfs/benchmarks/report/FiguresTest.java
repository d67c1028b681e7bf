// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class FiguresTest {
  @Test
  void theMedianIsTheMiddleOneOrTheMeanOfTwo() {
    assertThat(new Figures(List.of(9.0, 1.0, 4.0)).median()).isEqualTo(4.0);
    assertThat(new Figures(List.of(9.0, 1.0, 4.0, 6.0)).median()).isEqualTo(5.0);
    assertThat(new Figures(List.of()).median()).isNaN();
  }

  @Test
  void theExtremesAreFoundInAnyOrder() {
    Figures figures = new Figures(List.of(5.0, 9.0, 1.0));
    assertThat(figures.least()).isEqualTo(1.0);
    assertThat(figures.most()).isEqualTo(9.0);
  }
}
