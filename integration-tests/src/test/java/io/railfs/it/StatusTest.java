// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one machine with several mounts, users and kinds of security is told of itself. */
final class StatusTest {
  @TempDir private Path directory;
  private MountEnvironment plain;

  @BeforeEach
  void start() throws IOException {
    plain = MountEnvironment.create();
    Files.writeString(plain.dataset.resolve("file"), "content");
    plain.startWorker();
    plain.mount();
  }

  @AfterEach
  void close() {
    plain.close();
  }

  @Test
  void eachMountsWorkersAreAskedInItsOwnWay() throws IOException {
    Path secret =
        Files.writeString(directory.resolve("secret"), "one-that-is-long-enough-for-it\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    String security = "railfs.security.secret-file = \"" + secret + "\"";
    try (MountEnvironment guarded = MountEnvironment.create()) {
      Files.writeString(guarded.dataset.resolve("file"), "content");
      guarded.writeConf("", security);
      guarded.startWorker();
      Path runs = plain.store.resolveSibling("run");
      guarded.mount(
          "-D",
          "railfs.run-directory=" + runs,
          "-D",
          security.replace(" = ", "=").replace("\"", ""));
      Shell.Result status = plain.railfs("status");
      assertThat(status.out())
          .contains("cluster ok: 2 of 2 workers serve")
          .contains("127.0.0.1:" + plain.rpcPort)
          .contains("127.0.0.1:" + guarded.rpcPort);
      assertThat(status.exit()).as(status.toString()).isZero();
      plain.railfs("umount", "-D", "railfs.run-directory=" + runs, guarded.mountpoint).ok();
    }
  }

  @Test
  void anotherUsersMountIsNotCalledFailed() throws IOException {
    Path base = plain.store.getParent();
    for (Path path : new Path[] {base, plain.conf}) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    String as =
        """
        export RAILFS_CONF_DIR=$1
        mkdir -p "$2/nobody" && chown 65534:65534 "$2/nobody" && chmod 755 "$2"
        cd / && HOME=$2/nobody setpriv --reuid 65534 --regid 65534 --clear-groups \
          "$3" "$4" -D "railfs.run-directory=$2/nobody/run" -D "railfs.log.directory=$2/nobody"
        """;
    Path railfs = RailfsProcess.PATH;
    for (String command : new String[] {"mount", "status"}) {
      Shell.Result seen = Shell.bash(as, plain.conf, base, railfs, command);
      assertThat(seen.exit()).as(seen.toString()).isZero();
      assertThat(seen.out().lines().filter(line -> line.contains(plain.mountpoint.toString())))
          .as(seen.toString())
          .hasSize(1)
          .allSatisfy(line -> assertThat(line).contains("not permitted").contains("root"));
      assertThat(seen.out()).doesNotContain("failed").doesNotContain("DEGRADED");
    }
  }

  @Test
  void aMachineWithoutAWorkerAndAFileOutsideAMountAreToldAsThat() throws IOException {
    Shell.Result bench = plain.railfs("bench", "read", "/etc/passwd");
    assertThat(bench.exit()).as(bench.toString()).isEqualTo(1);
    assertThat(bench.err()).contains("/etc/passwd is not below a mount of railfs");
    plain.writeConf("", "railfs.worker.ufs = \"\"");
    assertThat(plain.railfs("doctor", "--local").out())
        .contains("no worker is configured here")
        .doesNotContain("there is no UFS");
  }
}
