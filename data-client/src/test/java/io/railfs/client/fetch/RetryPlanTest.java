// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.client.ClusterException;
import io.railfs.client.ClusterException.Failure;
import io.railfs.client.net.AttemptException;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ErrorReply;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class RetryPlanTest {
  private static final String DOWN = "the UFS s3://data does not answer: connection refused";

  private static AttemptException ufsFailed(boolean waiting) {
    return AttemptException.refused(
        "worker w",
        ErrorReply.newBuilder()
            .setCode(ErrorCode.UFS_FAILED)
            .setMessage(DOWN)
            .setWaiting(waiting)
            .build());
  }

  private static AttemptException silent() {
    return new AttemptException(AttemptException.Kind.TIMED_OUT, "worker w gave no answer");
  }

  private static RetryPlan plan(long millis) {
    return new RetryPlan("STAT of /f", System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
  }

  @Test
  void aUfsThatTheWorkerWaitsForIsAskedForUntilTheDeadline() {
    RetryPlan waits = plan(600_000);
    for (int i = 0; i < 50; i++) {
      assertThat(waits.failed(ufsFailed(true), 1)).isNull();
    }
    RetryPlan ends = plan(600_000);
    for (int i = 0; i < 4; i++) {
      assertThat(ends.failed(ufsFailed(false), 1)).isNull();
    }
    assertThat(ends.failed(ufsFailed(false), 1).failure()).isEqualTo(Failure.IO);
  }

  @Test
  void atTheDeadlineTheUfsIsNamedAndNotTheSilenceOfAWorker() throws Exception {
    RetryPlan plan = plan(2_000);
    assertThat(plan.failed(silent(), 1)).isNull();
    assertThat(plan.failed(ufsFailed(true), 1)).isNull();
    assertThat(plan.failed(silent(), 1)).isNull();
    TimeUnit.MILLISECONDS.sleep(2_100);
    ClusterException end = plan.failed(silent(), 1);
    assertThat(end.failure()).isEqualTo(Failure.DEADLINE);
    assertThat(end).hasMessageContaining("STAT of /f").hasMessageContaining(DOWN);
    assertThat(plan.deadline()).hasMessageContaining(DOWN);
    RetryPlan other = plan(0);
    assertThat(other.failed(silent(), 1)).hasMessageContaining("worker w gave no answer");
  }
}
