// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.railfs.protocol.RailPath;
import io.railfs.worker.ufs.Ufs;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

final class JobWalkTest {
  @Test
  void aJobThatMeetsAnErrorHasFailed() throws Exception {
    Ufs ufs =
        (Ufs)
            Proxy.newProxyInstance(
                Ufs.class.getClassLoader(),
                new Class<?>[] {Ufs.class},
                (proxy, method, arguments) -> {
                  throw new StackOverflowError("because the test says so");
                });
    Job job = new Job(1, Job.Kind.LOAD, RailPath.of("/d"), false);
    assertThatThrownBy(() -> new JobWalk(job, ufs, null, 1).run())
        .isInstanceOf(StackOverflowError.class);
    assertThat(job.isEnded()).isTrue();
    assertThat(job.toJson()).containsEntry("state", "failed").containsEntry("errors", 1L);
  }
}
