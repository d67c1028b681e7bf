// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReportsTest {
  @TempDir private Path directory;

  @Test
  void theLineOfTheReaderIsUnderstood() throws Exception {
    NativeTools.Report report =
        NativeTools.parse("bytes=1073741824 ops=4 seconds=0.251614 cpu=0.379981");
    assertThat(report).isEqualTo(new NativeTools.Report(1L << 30, 4, 0.251614, 0.379981));
    assertThatThrownBy(() -> NativeTools.parse("reader: no such file"))
        .hasMessageContaining("no such file");
  }

  @Test
  void processorTimeIsFoundBehindAnyName() {
    String stat = "7 (a) b (c) S 1 7 7 0 -1 4194304 1 2 3 4 150 50 9 9 20 0 1 0 5 6 7";
    assertThat(ProcessTimes.parse(stat)).isEqualTo(2.0);
    assertThat(ProcessTimes.secondsOf(ProcessHandle.current().pid())).isGreaterThan(0);
    assertThat(ProcessTimes.secondsOf(Integer.MAX_VALUE)).isZero();
  }

  @Test
  void aProgramThatDoesNotEndIsEnded() {
    assertThatThrownBy(() -> Command.run(Duration.ofMillis(200), List.of("sleep", "60")))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("'sleep 60' did not end within");
  }

  @Test
  void aDaemonThatEndsEarlyTellsItsLastWords() throws Exception {
    try (Daemon daemon =
        Daemon.start(
            "talker",
            directory.resolve("talker.log"),
            Map.of(),
            List.of("sh", "-c", "echo no licence; exit 3"))) {
      assertThatThrownBy(() -> daemon.await(Duration.ofSeconds(60), "its port", () -> false))
          .hasMessageContaining("talker ended before its port")
          .hasMessageContaining("no licence");
    }
  }

  @Test
  void aDaemonsChildrenAreStoppedWithIt() throws Exception {
    Daemon daemon =
        Daemon.start(
            "parent",
            directory.resolve("parent.log"),
            Map.of(),
            List.of("sh", "-c", "sleep 300 & echo $!; wait"));
    Path log = daemon.log();
    daemon.await(Duration.ofSeconds(60), "its child", () -> Files.size(log) > 0);
    long child = Long.parseLong(Files.readString(log).strip());
    daemon.close();
    daemon.close();
    assertThat(daemon.isAlive()).isFalse();
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(hasEnded(child)).as("child %d has ended", child).isTrue());
  }

  /** Gone, or waiting for its parent to take note. */
  private static boolean hasEnded(long pid) throws IOException {
    Path stat = Path.of("/proc/" + pid + "/stat");
    try {
      return Files.readString(stat).contains(") Z ");
    } catch (NoSuchFileException e) {
      return true;
    }
  }
}
