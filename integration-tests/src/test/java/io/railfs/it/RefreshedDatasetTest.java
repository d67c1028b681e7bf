// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Datasets that are refreshed under a mount of default settings: what programs get once the mount
 * has learnt of it, long before any time-out. The cases are those of {@code refreshed.py}.
 */
final class RefreshedDatasetTest {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private static MountEnvironment playground;

  @BeforeAll
  static void mount() {
    playground = MountEnvironment.mounted(RefreshedDatasetTest::prepare);
  }

  private static void prepare(Path dataset) throws IOException {
    Scripts.python("versions/refreshed.py", LIMIT, "prepare", dataset).ok();
    Files.createDirectories(dataset.resolve("handles/directory"));
    Datasets.file(dataset.resolve("handles/file"), 300_000, 1);
    Datasets.file(dataset.resolve("handles/directory/inner"), 1000, 2);
  }

  @AfterAll
  static void unmount() {
    playground.close();
  }

  private static String refreshed(String name) {
    return refreshed(name, playground);
  }

  private static String refreshed(String name, MountEnvironment place) {
    return Scripts.python("versions/refreshed.py", LIMIT, name, place.dataset, place.mountpoint)
        .ok()
        .out();
  }

  @Test
  void allShardsOfARefreshedDirectoryAreReadWholeAfterOneStaleRead() {
    refreshed("shards");
  }

  @Test
  void aFileThatGrewIsWholeInEveryWayAfterOneStaleRead() {
    refreshed("grown");
  }

  @Test
  void aFileThatShrankTellsItsNewSizeAndMapsWithoutZeros() {
    refreshed("shrunk");
  }

  @Test
  void aPrivateMappingBesideAnOldDescriptorIsOfTheNewVersionAlone() {
    refreshed("private");
  }

  @Test
  void aSharedMappingBesideAnOldDescriptorIsOfTheNewVersionAlone() {
    refreshed("shared");
  }

  @Test
  void sendfileBesideAnOldDescriptorIsOfTheNewVersionAlone() {
    refreshed("sent");
  }

  @Test
  void aLogThatGrowsShowsItsNewLinesWhenItIsOpenedAgain() {
    refreshed("lines");
  }

  @Test
  void statAndListingsAreRightSoonAfterTheMountHasLearnt() {
    refreshed("told");
  }

  @Test
  void anInodeNumberIsOfAPathAndItsVersionAndADirectoryKeepsIts() {
    refreshed("inodes");
  }

  @Test
  void fileHandlesOpenAfterTheKernelHasDroppedTheirInodes() {
    List<String> said =
        Scripts.python(
                "handles.py",
                LIMIT,
                playground.mountpoint,
                "handles/file",
                "handles/directory/inner",
                "handles/directory")
            .ok()
            .out()
            .lines()
            .toList();
    assertThat(said)
        .containsExactly(
            "handles/file " + digestOf("handles/file"),
            "handles/directory/inner " + digestOf("handles/directory/inner"),
            "handles/directory -");
  }

  private static String digestOf(String name) {
    return Shell.bash("sha256sum < \"$1\" | cut -d' ' -f1", playground.dataset.resolve(name))
        .ok()
        .out()
        .strip();
  }

  @Test
  void inodeNumbersAreTheSameAfterARemount() {
    try (MountEnvironment other = MountEnvironment.mounted(RefreshedDatasetTest::prepare)) {
      String numbers = "cd \"$1\" && find . -printf '%i %p\\n' | sort";
      String before = Shell.bash(numbers, other.mountpoint).ok().out();
      other.unmount();
      other.mount();
      assertThat(Shell.bash(numbers, other.mountpoint).ok().out()).isEqualTo(before);
    }
  }

  @Test
  void aLogThatGrowsShowsItsNewLinesAtOnceWhereTimeOutsAreZero() {
    try (MountEnvironment asking = MountEnvironment.create()) {
      asking.writeConf(
          "railfs.mount { attribute-timeout = 0s, entry-timeout = 0s, negative-timeout = 0s }", "");
      Scripts.python("versions/refreshed.py", LIMIT, "prepare", asking.dataset).ok();
      asking.startWorker();
      asking.mount();
      refreshed("lines-asked-each-time", asking);
    }
  }

  @Test
  void aLongerVersionIsNotCutWhereTheKernelBelievesTheOldSizeLongerThanTheMount() {
    try (MountEnvironment timed = MountEnvironment.create()) {
      timed.writeConf("railfs.mount.attribute-timeout = 8s", "");
      Scripts.python("versions/refreshed.py", LIMIT, "prepare", timed.dataset).ok();
      timed.startWorker();
      timed.mount();
      refreshed("two-clocks", timed);
    }
  }
}
