// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holders are looked for in the real /proc, with processes that are made to hold a directory. */
final class HoldersTest {
  @TempDir private Path temporary;
  private Process process;

  @AfterEach
  void endTheProcess() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  private Path directory() throws IOException {
    return Files.createDirectories(temporary.toRealPath().resolve("held dir"));
  }

  private void hold(Path workingDirectory, File input) throws IOException {
    process =
        new ProcessBuilder("sleep", "60")
            .directory(workingDirectory.toFile())
            .redirectInput(input)
            .start();
  }

  private Holder holderOf(Path directory) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(Holders.of(directory))
                    .extracting(Holder::pid, Holder::command)
                    .contains(tuple(process.pid(), "sleep 60")));
    try {
      return Holders.of(directory).get(0);
    } catch (CommandException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aWorkingDirectoryHoldsIt() throws Exception {
    hold(directory(), new File("/dev/null"));

    assertThat(holderOf(directory()).use()).isEqualTo("cwd");
  }

  @Test
  void anOpenFileHoldsIt() throws Exception {
    Path file = Files.writeString(directory().resolve("file"), "content");
    hold(Path.of("/"), file.toFile());

    assertThat(holderOf(directory()).use()).isEqualTo("fd 0");
  }

  @Test
  void aDirectoryOfASimilarNameDoesNotCount() throws Exception {
    hold(directory(), new File("/dev/null"));
    holderOf(directory());
    Path similar = Files.createDirectories(directory().resolveSibling("held"));

    assertThat(Holders.of(similar)).isEqualTo(List.of());
  }

  @Test
  void aMappedFileIsRecognised() {
    String line = "7f00-7f01 r--p 00000000 08:01 42                         /data/m/a file";

    assertThat(Holders.mapsInside(line, Path.of("/data/m"))).isTrue();
    assertThat(Holders.mapsInside(line, Path.of("/data"))).isTrue();
    assertThat(Holders.mapsInside(line, Path.of("/data/mm"))).isFalse();
  }
}
