// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker's name with several addresses, of which the first does not answer. */
final class NamesTest {
  @TempDir private Path directory;
  private MountEnvironment playground;

  @BeforeEach
  void startWorker() throws Exception {
    playground = MountEnvironment.create();
    Files.writeString(playground.dataset.resolve("file"), "content");
    playground.startWorker();
    // The worker listens at 127.0.0.1 alone.
    Path hosts =
        Files.writeString(
            directory.resolve("hosts"), "127.0.0.77 node1\n127.0.0.78 node1\n127.0.0.1 node1\n");
    playground.environment("JDK_JAVA_OPTIONS", "-Djdk.net.hosts.file=" + hosts);
    Files.writeString(
        playground.conf.resolve("railfs.conf"),
        Files.readString(playground.conf.resolve("railfs.conf"))
            .replace("\"127.0.0.1:", "\"node1:"));
  }

  @AfterEach
  void close() {
    playground.close();
  }

  @Test
  void everyCommandFindsTheAddressThatAnswers() throws Exception {
    String worker = "node1:" + playground.rpcPort;
    playground.mount();
    assertThat(Files.readString(playground.mountpoint.resolve("file"))).isEqualTo("content");
    assertThat(playground.railfs("status").ok().out())
        .contains("cluster ok: 1 of 1 workers serve")
        .contains(worker);
    assertThat(playground.railfs("load", "/").ok().out()).contains("1 of 1 files loaded");
    assertThat(playground.railfs("bench", "net", "--duration", "200ms").ok().out())
        .contains(worker);
    assertThat(playground.railfs("doctor", "--json").out())
        .contains("worker " + worker + " via routing")
        .doesNotContain("Connection refused");
  }
}
