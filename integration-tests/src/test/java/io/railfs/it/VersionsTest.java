// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that change in the dataset, with default time-outs: each kind of change, read in each way,
 * by who has the old version open, by the next job and by sixteen processes at once. The
 * combinations are those of {@code versions.py}.
 */
final class VersionsTest {
  private static final int WAYS = 8;
  private static final int READERS = 3;
  private static final Duration LIMIT = Duration.ofMinutes(3);

  private static MountEnvironment playground;

  @BeforeAll
  static void mount() {
    playground = MountEnvironment.create();
    // What a descriptor of an old version has not read is to be nowhere but in the dataset: small
    // blocks, and nothing fetched ahead.
    playground.writeConf(
        "railfs.mount.prefetch.initial-window = 0", "railfs.worker.block-size = 128KiB");
    versions("prepare", playground.dataset);
    playground.startWorker();
    playground.mount();
  }

  @AfterAll
  static void unmount() {
    playground.close();
  }

  static String versions(Object... words) {
    return Scripts.python("versions/versions.py", LIMIT, words).ok().out();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "grown",
        "shrunk",
        "same-size",
        "replaced-twice",
        "recreated",
        "appended",
        "file-to-directory",
        "directory-to-file",
        "file-to-symlink"
      })
  void aFileThatChangedIsReadInOneVersionWholeInEveryWayByEverybody(String change) {
    List<String> said =
        versions("run", playground.dataset, playground.mountpoint, change).lines().toList();
    said.stream().filter(line -> line.startsWith("io_uring: ")).forEach(System.out::println);
    assertThat(said).filteredOn(line -> line.startsWith(change + ", ")).isEmpty();
    assertThat(said).last().isEqualTo("right: " + WAYS * READERS);
  }
}
