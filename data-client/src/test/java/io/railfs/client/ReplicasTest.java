// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ReplicasTest {
  private final Replicas replicas =
      new Replicas(1, rules("/models = 3", "/models/small=2", "/imagenet/ = 4"));

  @ParameterizedTest
  @CsvSource({
    "/models/a, 3",
    "/models, 3",
    "/models/small/b, 2",
    "/models/smaller, 3",
    "/modelszoo/a, 1",
    "/imagenet/x, 4",
    "/other, 1"
  })
  void theLongestPathThatFitsCounts(String file, int number) {
    assertThat(replicas.of(ClusterTestBase.path(file))).isEqualTo(number);
  }

  @Test
  void theRootNamesEverything() {
    assertThat(new Replicas(1, rules("/ = 2")).of(ClusterTestBase.path("/any/thing"))).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/models", "models = 2", "/models = two", "/models = 0", "/models = 17"})
  void whatIsNoRuleIsRefused(String text) {
    assertThatThrownBy(() -> Replicas.Rule.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static List<Replicas.Rule> rules(String... texts) {
    return Stream.of(texts).map(Replicas.Rule::parse).toList();
  }
}
