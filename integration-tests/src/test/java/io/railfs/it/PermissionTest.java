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

/** An ordinary user who may not do a thing is told who may, or what to name instead. */
final class PermissionTest {
  private MountEnvironment playground;

  @BeforeEach
  void create() throws IOException {
    playground = MountEnvironment.create();
    for (Path path : new Path[] {playground.conf.getParent(), playground.conf}) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  @AfterEach
  void close() {
    playground.close();
  }

  /** As nobody, whose home belongs to root. */
  private String refusal(Object... words) {
    Object[] arguments = new Object[words.length + 2];
    arguments[0] = playground.conf;
    arguments[1] = RailfsProcess.PATH;
    System.arraycopy(words, 0, arguments, 2, words.length);
    Shell.Result result =
        Shell.bash(
            """
            export RAILFS_CONF_DIR=$1 HOME=$1
            shift; cd /
            exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
            """,
            arguments);
    assertThat(result.exit()).as(result.toString()).isEqualTo(1);
    assertThat(result.err().strip().lines()).as(result.err()).hasSize(1);
    assertThat(result.err()).doesNotContain("java.nio");
    return result.err();
  }

  @Test
  void rootsMountIsForRootToUnmount() throws IOException {
    Files.writeString(playground.dataset.resolve("file"), "content");
    playground.startWorker();
    playground.mount();
    Path runs = playground.conf.resolve("run");
    Files.createDirectory(runs);
    Files.setPosixFilePermissions(runs, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(refusal("umount", "-D", "railfs.run-directory=" + runs, playground.mountpoint))
        .contains(
            "%s was mounted by root; that user or root can unmount it: sudo railfs umount %s"
                .formatted(playground.mountpoint, playground.mountpoint));
    assertThat(playground.mountpoint.resolve("file")).hasContent("content");
  }

  @Test
  void anInstallationAsksForRootOrAnotherPrefix() {
    Path prefix = playground.conf.resolve("prefix");
    assertThat(refusal("install", "--no-archive", "--prefix", prefix))
        .contains(
            prefix + " cannot be written by this user: install as root, or with --prefix DIR");
  }

  @Test
  void aQuickstartAsksForAnotherDirectory() {
    assertThat(refusal("quickstart"))
        .contains(
            "the quickstart's directory %s/.local/share/railfs/quickstart cannot be made (%s/.local: permission denied); name another with RAILFS_QUICKSTART_DIR=DIR"
                .formatted(playground.conf, playground.conf));
  }
}
