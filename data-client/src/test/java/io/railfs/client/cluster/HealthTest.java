// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.railfs.client.WorkerHealth;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class HealthTest {
  private final Health health = new Health();

  @Test
  void aTimeoutMakesItSuspectUntilItProvesItself() {
    assertThat(health.timedOut()).isTrue();
    assertThat(health.state()).isEqualTo(WorkerHealth.SUSPECT);
    assertThat(health.admits()).isFalse();
    health.proved(true);
    assertThat(health.state()).isEqualTo(WorkerHealth.HEALTHY);
    assertThat(health.admits()).isTrue();
  }

  @Test
  void chunksAreAProof() {
    health.timedOut();
    health.served();
    assertThat(health.state()).isEqualTo(WorkerHealth.HEALTHY);
  }

  @Test
  void withoutProofItIsDownAndThenTriedOneAtATime() {
    health.timedOut();
    health.proved(false);
    assertThat(health.state()).isEqualTo(WorkerHealth.DOWN);
    awaitProbing();
    long start = System.nanoTime();
    assertThat(health.admits()).isTrue();
    boolean another = health.admits();
    boolean isDue = System.nanoTime() - start >= Health.TRIAL_NANOS;
    assertThat(another && !isDue).as("a second one within a second").isFalse();
    health.timedOut();
    assertThat(health.state()).isEqualTo(WorkerHealth.DOWN);
    awaitProbing();
    health.served();
    assertThat(health.admits()).isTrue();
    assertThat(health.admits()).isTrue();
  }

  @Test
  void theThirdTimeoutInARowIsOneTooManyWhateverItProves() {
    for (int i = 0; i < 2; i++) {
      assertThat(health.timedOut()).isTrue();
      health.proved(true);
    }
    assertThat(health.timedOut()).isFalse();
    assertThat(health.state()).isEqualTo(WorkerHealth.DOWN);
  }

  @Test
  void whoLostItsConnectionsIsDownUntilItProvesItselfOnANewOne() {
    health.lost();
    assertThat(health.state()).isEqualTo(WorkerHealth.DOWN);
    assertThat(health.connected()).isTrue();
    assertThat(health.state()).isEqualTo(WorkerHealth.PROBING);
    assertThat(health.connected()).isFalse();
    health.proved(true);
    assertThat(health.state()).isEqualTo(WorkerHealth.HEALTHY);
  }

  private void awaitProbing() {
    await().atMost(Duration.ofSeconds(20)).until(() -> health.state() == WorkerHealth.PROBING);
  }
}
