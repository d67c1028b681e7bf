// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A changed dataset is seen right after {@code railfs refresh}, with time-outs as shipped. */
final class RefreshTest {
  private MountEnvironment playground;
  private Path train;

  @BeforeEach
  void mount() {
    playground =
        MountEnvironment.mounted(
            dataset -> {
              Files.createDirectories(dataset.resolve("train/deep"));
              Files.writeString(dataset.resolve("train/old"), "old");
              Files.writeString(dataset.resolve("train/deep/old"), "old");
            });
    train = playground.mountpoint.resolve("train");
  }

  @AfterEach
  void close() {
    playground.close();
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  private void addNewFiles() throws IOException {
    Files.writeString(playground.dataset.resolve("train/new"), "new");
    Files.writeString(playground.dataset.resolve("train/deep/new"), "new too");
  }

  private Shell.Result refused(Object... words) {
    Shell.Result result = playground.railfs(words);
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err().lines()).as(result.err()).hasSize(1);
    return result;
  }

  @Test
  void newFilesAreSeenAtOnce() throws IOException {
    assertThat(names(train)).containsExactly("deep", "old");
    addNewFiles();
    assertThat(names(train)).as("what is known is believed").containsExactly("deep", "old");

    String said = playground.railfs("refresh", train).ok().out();
    assertThat(said).startsWith(train + ": ").contains(" dropped").contains("listing");
    assertThat(names(train)).containsExactly("deep", "new", "old");
    assertThat(Files.readString(train.resolve("new"))).isEqualTo("new");
  }

  @Test
  void whatIsBelowIsAskedForAnewOnlyWhereThatIsWanted() throws IOException {
    Path deep = train.resolve("deep");
    assertThat(names(deep)).containsExactly("old");
    addNewFiles();

    playground.railfs("refresh", playground.mountpoint).ok();
    assertThat(names(deep)).containsExactly("old");
    String said = playground.railfs("refresh", "-r", "--json", playground.mountpoint).ok().out();
    assertThat(said)
        .contains("\"mountpoint\":\"" + playground.mountpoint + "\"")
        .containsPattern("\"listings\":[1-9]")
        .contains("\"names\":")
        .contains("\"attributes\":");
    assertThat(names(deep)).containsExactly("new", "old");
    assertThat(Files.readString(deep.resolve("new"))).isEqualTo("new too");
  }

  @Test
  void namesAreBytesAndPathsMayBeRelativeOrLeadThroughLinks() {
    String script =
        """
        export RAILFS_CONF_DIR=$1
        set -e
        name=$'d\\xff\\xfe \\xc3'
        mkdir "$2/$name"
        touch "$2/$name/one"
        ls "$3/$name"
        touch "$2/$name/two"
        ls "$3/$name"
        cd "$3/$name"
        "$4" refresh "$5"
        ls "$3/$name"
        """;
    for (String path : List.of(".", "../$name")) {
      Shell.bash("rm -rf \"$1\"/d*", playground.dataset).ok();
      playground.railfs("refresh", "-r", playground.mountpoint).ok();
      String said =
          Shell.bash(
                  script.replace("\"$5\"", '"' + path + '"'),
                  playground.conf,
                  playground.dataset,
                  playground.mountpoint,
                  RailfsProcess.PATH)
              .ok()
              .out();
      assertThat(said.lines().filter("two"::equals)).as(path + ": " + said).hasSize(1);
    }
    Shell.bash("ln -s \"$1\" \"$2/link\"", train, playground.logs).ok();
    assertThat(playground.railfs("refresh", playground.logs.resolve("link/old")).ok().out())
        .startsWith(train + "/old: ");
  }

  @Test
  void whatCannotBeRefreshedIsToldInOneSentence() throws IOException {
    assertThat(refused("refresh", playground.dataset).err()).contains("is not below a mount");
    assertThat(refused("refresh", train.resolve("n".repeat(300))).err())
        .contains("longer than 255 bytes");
    assertThat(refused("refresh", train.resolve("typo")).err()).contains("does not exist");
    assertThat(playground.railfs("refresh").exit()).isEqualTo(2);

    Shell.bash("kill -9 $1", playground.mountPid()).ok();
    org.awaitility.Awaitility.await()
        .atMost(MountEnvironment.LIMIT)
        .until(() -> playground.railfs("mount").out().contains("stale"));
    assertThat(refused("refresh", train).err()).contains("has ended").contains("railfs mount");
  }
}
