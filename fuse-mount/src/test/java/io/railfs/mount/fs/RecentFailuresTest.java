// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.railfs.client.ClusterException;
import io.railfs.client.ClusterException.Failure;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class RecentFailuresTest {
  private final RecentFailures<String> failures = new RecentFailures<>();

  /** As a thread of a busy machine does. */
  private boolean isRemembered(Failure failure, long millis) throws InterruptedException {
    ClusterException exception = new ClusterException(failure, "made to fail");
    failures.failed("a", exception);
    TimeUnit.MILLISECONDS.sleep(millis);
    return failures.isAny() && failures.find("a") == exception;
  }

  @Test
  void aDeadlineIsRememberedForWhoRepeatsTheQuestionLate() throws Exception {
    boolean isRemembered = isRemembered(Failure.DEADLINE, 500);
    // Where the machine stood still meanwhile, the next one is quicker.
    for (int i = 0; i < 5 && !isRemembered; i++) {
      isRemembered = isRemembered(Failure.DEADLINE, 500);
    }
    assertThat(isRemembered).isTrue();
    await().until(() -> !failures.isAny() && failures.find("a") == null);
  }

  @Test
  void anotherFailureIsRememberedForAMomentAlone() throws Exception {
    assertThat(isRemembered(Failure.IO, 300)).isFalse();
    assertThat(failures.find("a")).isNull();
  }

  @Test
  void whatHasNotFailedIsNotFound() {
    assertThat(failures.isAny()).isFalse();
    failures.failed("a", new ClusterException(Failure.DEADLINE, "made to fail"));
    assertThat(failures.find("b")).isNull();
  }
}
