// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CloseStackTest {
  private final List<String> closed = new ArrayList<>();

  @Test
  void partsAreClosedInTheReverseOrderThoughOneFails() {
    try (CloseStack stack = new CloseStack()) {
      stack.push(() -> closed.add("first"));
      stack.push(
          () -> {
            closed.add("second");
            throw new IllegalStateException("it does not close");
          });
      stack.push(() -> closed.add("third"));
    }
    assertThat(closed).containsExactly("third", "second", "first");
  }

  @Test
  void whatIsReleasedStaysOpen() {
    try (CloseStack stack = new CloseStack()) {
      stack.push(() -> closed.add("part"));
      stack.release();
    }
    assertThat(closed).isEmpty();
  }

  @Test
  void eachPartIsClosedOnce() {
    CloseStack stack = new CloseStack();
    stack.push(() -> closed.add("part"));
    stack.close();
    stack.close();
    assertThat(closed).hasSize(1);
  }
}
