// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.protocol.RailPath;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
final class InvalidationTimesTest {
  /** As many as are kept one by one. */
  private static final int TREES = 64;

  private static final int ROUNDS = 3_000;

  /** Long, so that a reader is busy with it while the trees change. */
  private static final String BELOW = "/x".repeat(2_000);

  @Test
  void aTreeStaysDoubtedWhileAnotherOneTakesItsPlace() throws Exception {
    ExecutorService readers = Executors.newSingleThreadExecutor();
    CyclicBarrier barrier = new CyclicBarrier(2);
    try {
      for (int i = 0; i < ROUNDS; i++) {
        InvalidationTimes times = new InvalidationTimes();
        for (int tree = 0; tree < TREES; tree++) {
          times.addTree(RailPath.of("/" + tree));
        }
        Future<?> reader =
            readers.submit(
                () -> {
                  barrier.await(30, TimeUnit.SECONDS);
                  for (int read = 0; read < 20; read++) {
                    // A new path each time, whose hash is not known yet.
                    RailPath oldest = RailPath.of("/0" + BELOW);
                    assertThat(times.sinceNanos(oldest)).isNotNegative();
                  }
                  return null;
                });
        barrier.await(30, TimeUnit.SECONDS);
        times.addTree(RailPath.of("/" + TREES));
        reader.get(30, TimeUnit.SECONDS);
      }
    } finally {
      readers.shutdownNow();
    }
  }
}
