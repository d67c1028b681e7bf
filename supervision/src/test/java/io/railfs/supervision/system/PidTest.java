// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class PidTest {
  @Test
  void aProcessIsAliveUntilItEnds() throws Exception {
    Process process = new ProcessBuilder("sleep", "60").start();
    Pid pid = Pid.of(process.pid()).orElseThrow();
    try {
      assertThat(pid.isAlive()).isTrue();
      assertThat(pid.awaitEnd(Duration.ofMillis(30))).isFalse();
    } finally {
      pid.kill();
    }
    assertThat(pid.awaitEnd(Duration.ofSeconds(60))).isTrue();
    assertThat(pid.terminate()).isFalse();
  }

  @Test
  void aLaterProcessOfTheSameNumberIsAnother() throws Exception {
    Pid self = Pid.current();

    assertThat(self.isAlive()).isTrue();
    assertThat(new Pid(self.number(), self.startTicks() - 1).isAlive()).isFalse();
  }
}
