// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A mount of a worker that lies. */
final class LyingWorkerTest {
  private static final long LIMIT = 512L << 20;
  private static final int DEADLINE_SECONDS = 2;

  @Test
  void liesEndInErrorsByTheDeadlineAndTakeNoMemory() throws Exception {
    ExecutorService programs = Executors.newCachedThreadPool();
    try (MountEnvironment playground = MountEnvironment.create();
        LyingWorker liar = new LyingWorker(playground.rpcPort)) {
      assertThat(liar.port()).isEqualTo(playground.rpcPort);
      playground.writeConf(
          """
          railfs.mount.memory-limit = 512MiB
          railfs.client { read-deadline = %1$ds, metadata-deadline = %1$ds, attempt-timeout = 1s }
          """
              .formatted(DEADLINE_SECONDS),
          "");
      playground.mount();
      long pid = playground.mountPid();
      List<Future<Void>> ends =
          List.of("length", "id", "more", "body", "error", "silence", "checksum").stream()
              .map(name -> programs.submit(() -> fails(playground, "cat", name)))
              .toList();
      for (Future<Void> end : ends) {
        end.get(60, TimeUnit.SECONDS);
      }
      fails(playground, "stat", "size");
      for (String directory : List.of("dir-new", "dir-empty", "dir-same")) {
        fails(playground, "ls", directory);
      }
      assertThat(playground.mountPid()).as("the same process").isEqualTo(pid);
      long peak = Processes.peakResidentBytes(pid);
      System.out.println("LyingWorkerTest: the mount took " + (peak >> 20) + " MiB");
      assertThat(peak).isLessThan(LIMIT);
      assertThat(playground.mountLog().lines().mapToInt(String::length).max().orElse(0))
          .as("longest line of the log")
          .isLessThan(4_000);
    } finally {
      programs.shutdownNow();
    }
  }

  private static Void fails(MountEnvironment playground, String program, String name) {
    long start = System.nanoTime();
    Shell.Result result =
        Shell.run(
            Duration.ofSeconds(60),
            Map.of("LC_ALL", "C"),
            null,
            List.of(program, playground.mountpoint.resolve(name).toString()));
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
    System.out.println("LyingWorkerTest: " + name + " " + seconds + " s " + result.err().strip());
    assertThat(result.exit()).as(name).isNotZero();
    assertThat(result.err()).as(name).contains("Input/output error");
    assertThat(seconds).as("seconds until %s failed", name).isLessThan(DEADLINE_SECONDS + 20L);
    return null;
  }
}
