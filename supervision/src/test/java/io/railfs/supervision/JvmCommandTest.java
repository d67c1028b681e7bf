// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JvmCommandTest {
  private static final List<String> MEMORY = List.of("-Xmx512m");

  @AfterEach
  void forget() {
    List.of("railfs.cds", "railfs.learnt", "railfs.learns").forEach(System::clearProperty);
  }

  @Test
  void eachCommandStartsWithWhatItsOwnProcessesHaveLearnt() {
    System.setProperty("railfs.cds", "/cds/java25.jsa");
    System.setProperty("railfs.learnt", "/cds/java25.learnt");
    assertThat(JvmCommand.flags("mount", MEMORY))
        .contains("-XX:AOTCache=/cds/java25.learnt/mount.aot")
        .contains("-Drailfs.learnt=/cds/java25.learnt", "-Drailfs.cds=/cds/java25.jsa")
        .noneMatch(flag -> flag.startsWith("-XX:SharedArchiveFile"));
    assertThat(JvmCommand.flags("worker", MEMORY))
        .contains("-XX:AOTCache=/cds/java25.learnt/worker.aot");
  }

  @Test
  void whatIsCompiledByC1AloneStartsWithTheArchiveOfClasses() {
    System.setProperty("railfs.cds", "/cds/java25.jsa");
    System.setProperty("railfs.learnt", "/cds/java25.learnt");
    assertThat(JvmCommand.flags("load", List.of("-XX:TieredStopAtLevel=1")))
        .contains("-XX:SharedArchiveFile=/cds/java25.jsa")
        .noneMatch(flag -> flag.startsWith("-XX:AOTCache"));
  }

  @Test
  void aTrainingWritesACacheForEachCommandAndUsesNone() {
    System.setProperty("railfs.learns", "/cds/java25.learnt.1");
    assertThat(JvmCommand.flags("mount", MEMORY))
        .contains("-XX:AOTCacheOutput=/cds/java25.learnt.1/mount.aot")
        .noneMatch(flag -> flag.startsWith("-XX:AOTCache="))
        .noneMatch(flag -> flag.startsWith("-XX:SharedArchiveFile"));
  }
}
