// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RequestsInProgressTest {
  private final RequestsInProgress requests = new RequestsInProgress(3);

  @Test
  void aRequestThatIsNeverAnsweredIsFoundOnceItIsTooOld() {
    requests.turn(1);
    assertThat(requests.look(10, 25)).as("begun since the look before").isEqualTo(-1);
    assertThat(requests.look(10, 25)).isEqualTo(-1);
    assertThat(requests.look(10, 25)).isEqualTo(-1);
    assertThat(requests.look(10, 25)).isEqualTo(1);
    requests.turn(1);
    assertThat(requests.look(10, 25)).as("answered after all").isEqualTo(-1);
  }

  @Test
  void aThreadWithoutARequestIsNeverTooOld() {
    assertThat(requests.look(1000, 25)).isEqualTo(-1);
    requests.turn(2);
    requests.turn(2);
    assertThat(requests.look(1000, 25)).isEqualTo(-1);
    assertThat(requests.look(1000, 25)).isEqualTo(-1);
  }

  @Test
  void oneRequestAfterTheOtherIsProgress() {
    requests.turn(0);
    for (int i = 0; i < 10; i++) {
      assertThat(requests.look(20, 25)).isEqualTo(-1);
      requests.turn(0);
      requests.turn(0);
    }
  }
}
