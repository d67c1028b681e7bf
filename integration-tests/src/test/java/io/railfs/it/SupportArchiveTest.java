// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What 'railfs doctor --bundle' gives away, unpacked by tar. */
final class SupportArchiveTest {
  private static final String HUSH = "hush-0123456789";

  @TempDir private Path directory;

  private List<String> unpack(Path archive) throws IOException {
    Shell.bash("tar xzf $1 -C $2", archive, directory).ok();
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> directory.relativize(file).toString())
          .filter(name -> name.startsWith("railfs-support/"))
          .map(name -> name.substring("railfs-support/".length()))
          .toList();
    }
  }

  private String text(String name) throws IOException {
    return Files.readString(directory.resolve("railfs-support").resolve(name));
  }

  @Test
  void archiveHasReportSettingsLogsAndTheKernelsFilesAndNoSecret() throws IOException {
    try (MountEnvironment environment = MountEnvironment.create()) {
      environment.writeConf(
          "", "railfs.worker.ufs-options { secret_access_key = " + HUSH + ", region = here }\n");
      // A log in which somebody wrote it.
      Files.writeString(environment.logs.resolve("worker-1.log"), "request with " + HUSH + "\n");
      Path archive = environment.logs.resolve("support.tar.gz");
      environment.railfs("doctor", "--local", "--bundle", archive);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(archive)))
          .isEqualTo("rw-------");
      assertThat(unpack(archive))
          .contains(
              "report.txt",
              "report.json",
              "release.txt",
              "processes.txt",
              "settings/mount.conf",
              "settings/worker.conf",
              "logs/worker-1.log",
              "machine/proc/net/dev",
              "machine/sys/class/net/lo/mtu");
      assertThat(text("settings/worker.conf")).contains("(hidden)").contains("here");
      assertThat(text("logs/worker-1.log")).isEqualTo("request with (hidden)\n");
      assertThat(text("report.json")).contains("\"id\":\"fuse-device\"");
      assertThat(Shell.bash("grep -r $1 $2", HUSH, directory.resolve("railfs-support")).out())
          .isEmpty();
    }
  }

  @Test
  void archiveIsWrittenWhereTheSettingsCannotBeLoadedToo() throws IOException {
    try (MountEnvironment environment = MountEnvironment.create()) {
      environment.writeConf("railfs.mount.no-such-key = 1", "");
      Path archive = environment.logs.resolve("support.tar.gz");
      assertThat(environment.railfs("doctor", "--local", "--bundle", archive).exit()).isEqualTo(2);
      assertThat(unpack(archive)).contains("settings/mount.conf", "report.txt");
      assertThat(text("settings/mount.conf")).startsWith("# cannot be loaded: ");
    }
  }
}
