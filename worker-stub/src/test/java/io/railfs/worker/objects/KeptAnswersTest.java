// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was read from an object store does not stay in memory. */
final class KeptAnswersTest {
  private static final int SIZE = 256 << 10;
  private static final int READS = 800;

  @Test
  void answersLeaveTheHeapThoughNativeThreadsKeepThem(@TempDir Path directory) throws Exception {
    try (S3Server server = S3Server.start(directory)) {
      server.put("/big", new byte[SIZE]);
      KeptAnswers kept = new KeptAnswers(32L << 20);
      try (StoreClient client =
          new StoreClient(server.location("/", Map.of()), KeyServer.LIMITS, kept)) {
        long before = usedHeap();
        for (int i = 0; i < READS; i++) {
          byte[] content =
              client.call(operator -> operator.read("/big", 0, SIZE), SIZE, Deadline.in(20_000));
          assertThat(content).hasSize(SIZE);
        }
        await()
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(() -> assertThat(usedHeap() - before).isLessThan(READS / 4 * SIZE));
      }
    }
  }

  @Test
  void requestsOutliveTheSessionsWhoseConnectionsTheyShare(@TempDir Path directory)
      throws Exception {
    byte[] content = new byte[SIZE];
    new Random(7).nextBytes(content);
    ExecutorService readers = Executors.newFixedThreadPool(4);
    try (S3Server server = S3Server.start(directory);
        StoreClient client =
            new StoreClient(
                server.location("/", Map.of()), KeyServer.LIMITS, new KeptAnswers(2 << 20))) {
      server.put("/big", content);
      List<Callable<byte[]>> reads =
          Collections.nCopies(
              READS,
              () ->
                  client.call(
                      operator -> operator.read("/big", 0, SIZE), SIZE, Deadline.in(20_000)));
      for (Future<byte[]> read : readers.invokeAll(reads)) {
        assertThat(read.get()).isEqualTo(content);
      }
    } finally {
      readers.shutdownNow();
    }
  }

  private static long usedHeap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  @Test
  void oneSessionMayKeepHalfAndSeveralTogetherAll() {
    KeptAnswers kept = new KeptAnswers(1_600);
    kept.add(700);
    assertThat(kept.isTooMuch(700)).isFalse();
    assertThat(kept.isTooMuch(800)).isTrue();
    kept.add(900);
    assertThat(kept.isTooMuch(700)).isTrue();
    assertThat(kept.isTooMuch(99)).as("too little of it to matter").isFalse();
  }
}
