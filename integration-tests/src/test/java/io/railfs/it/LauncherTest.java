// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The memory that bin/railfs gives its commands, as a Java sees it that only prints its words. */
final class LauncherTest {
  @TempDir private Path javaHome;

  @BeforeEach
  void makeJava() throws IOException {
    Path java = Files.createDirectory(javaHome.resolve("bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    Files.writeString(javaHome.resolve("release"), "JAVA_VERSION=\"17.0.9\"\n");
  }

  private List<String> words(String... command) {
    return Shell.bash("export RAILFS_JAVA_HOME=\"$1\" && shift && exec \"$@\"", arguments(command))
        .ok()
        .out()
        .lines()
        .toList();
  }

  private Object[] arguments(String... command) {
    Object[] all = new Object[command.length + 2];
    all[0] = javaHome;
    all[1] = RailfsProcess.PATH;
    System.arraycopy(command, 0, all, 2, command.length);
    return all;
  }

  @Test
  void commandsThatFetchBlocksMayTakeTheMemoryOfTheirTransports() {
    for (String command : List.of("doctor", "bench", "where")) {
      assertThat(words(command, "--some", "word of it"))
          .contains("-Xmx512m", "-XX:MaxDirectMemorySize=17g")
          .doesNotContain("-Xmx64m")
          .endsWith(command, "--some", "word of it");
    }
  }

  @Test
  void commandsThatAskAProcessOfThisHostAreSmall() {
    for (String command : List.of("stats", "refresh", "conf")) {
      assertThat(words(command))
          .contains("-Xmx64m")
          .noneMatch(word -> word.startsWith("-XX:MaxDirectMemorySize"));
    }
  }
}
