// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.configuration.Environment;
import io.railfs.configuration.ProcessRole;
import io.railfs.supervision.system.Pid;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunDirectoryTest {
  private static final Path MOUNTPOINT = Path.of("/mnt/gr\u00fc\u00df e");
  private static final RunId ID = RunId.ofMount(MOUNTPOINT);

  @TempDir private Path directory;

  private static RunRecord record(Pid pid) {
    return new RunRecord(
        ProcessRole.MOUNT,
        MOUNTPOINT.toString(),
        pid,
        RunState.STARTING,
        "",
        "/var/log/m.log",
        "",
        List.of("railfs.mount.source=a b=c", "railfs.workers=[\"a:1\"]"),
        List.of("a:1", "[::1]:2"),
        Instant.parse("2026-01-02T03:04:05.678Z"));
  }

  @Test
  void aRecordIsReadAsItWasWritten() throws Exception {
    RunDirectory runs = new RunDirectory(directory);
    RunRecord record = record(Pid.current()).with(RunState.FAILED, "it = failed: why # not");
    runs.write(ID, record);

    assertThat(runs.read(ID)).contains(record);
    assertThat(runs.running()).containsExactly(record);

    runs.delete(ID);
    assertThat(runs.read(ID)).isEmpty();
    assertThat(runs.running()).isEmpty();
  }

  @Test
  void aRecordOfAProcessThatHasGoneIsNotRunning() throws Exception {
    RunDirectory runs = new RunDirectory(directory);
    runs.write(ID, record(new Pid(ProcessHandle.current().pid(), 1)));

    assertThat(runs.read(ID)).isPresent();
    assertThat(runs.running(ID)).isEmpty();
    assertThat(runs.running()).isEmpty();
  }

  @Test
  void theEndOfAProcessDoesNotForgetTheOneThatHasTakenItsPlace() throws Exception {
    RunDirectory runs = new RunDirectory(directory);
    runs.write(ID, record(Pid.current()));
    runs.deleteEnded(ID);
    assertThat(runs.running(ID)).isPresent();

    runs.write(ID, record(new Pid(ProcessHandle.current().pid(), 1)));
    runs.deleteEnded(ID);
    assertThat(runs.read(ID)).isEmpty();
  }

  @Test
  void aDamagedFileIsNoRecord() throws Exception {
    RunDirectory runs = new RunDirectory(directory);
    Files.writeString(directory.resolve(ID.text() + ".properties"), "pid=many");

    assertThat(runs.running()).isEmpty();
  }

  @Test
  void mountpointsOfTheSameLastNameHaveDifferentFiles() {
    assertThat(RunId.ofMount(Path.of("/a/data"))).isNotEqualTo(RunId.ofMount(Path.of("/b/data")));
    assertThat(RunId.ofMount(Path.of("/"))).isEqualTo(new RunId("mount-root-0000002f"));
    assertThat(ID.text()).matches("mount-gr___e-[0-9a-f]{8}");
  }

  @Test
  void anEmptyOrRelativeRuntimeDirectoryIsAsNone() {
    Path fallback = Path.of("/tmp/railfs-4711");
    for (String runtime : List.of("", " ", "relative", "target", "/no/such/directory")) {
      assertThat(RunDirectory.standard(new Environment(Map.of("XDG_RUNTIME_DIR", runtime)), 4711))
          .as("'" + runtime + "'")
          .isEqualTo(fallback);
    }
    assertThat(RunDirectory.standard(new Environment(Map.of()), 4711)).isEqualTo(fallback);
    assertThat(
            RunDirectory.standard(
                new Environment(Map.of("XDG_RUNTIME_DIR", directory.toString())), 4711))
        .isEqualTo(directory.resolve("railfs"));
  }
}
