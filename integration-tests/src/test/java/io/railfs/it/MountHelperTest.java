// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What mount(8) calls: which conf it takes, and that it ends as mount(8) says. */
final class MountHelperTest {
  private MountEnvironment playground;

  @BeforeEach
  void makeDataset() {
    playground = MountEnvironment.create();
  }

  @AfterEach
  void close() {
    Shell.bash("umount \"$1\" 2>/dev/null || true", playground.mountpoint);
    playground.close();
  }

  private Shell.Result helper(Object source, Object... more) {
    return Shell.bash(
        "export RAILFS_CONF_DIR=$1; shift; \"$@\"",
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of(
                    playground.conf,
                    MountEnvironment.HOME.resolve("bin/mount.railfs"),
                    source,
                    playground.mountpoint),
                java.util.stream.Stream.of(more))
            .toArray());
  }

  private boolean isMounted() {
    return Shell.bash("grep -q \" $1 \" /proc/self/mountinfo", playground.mountpoint).exit() == 0;
  }

  @Test
  void aPathThatIsNoFileIsNotTakenForTheConfOfTheMachine() {
    playground.startWorker();
    for (Object source : new Object[] {"/etc/railfs/none.conf", "./none.conf", playground.conf}) {
      Shell.Result result = helper(source);
      assertThat(result.exit()).as(result.toString()).isEqualTo(1);
      assertThat(result.err().strip().lines()).hasSize(1);
      assertThat(result.err()).contains(source.toString()).contains("no file");
      assertThat(isMounted()).isFalse();
    }
  }

  @Test
  void aWordIsTheConfOfTheMachineAndWhatIsMountedAnswersWith32() throws Exception {
    Files.writeString(playground.dataset.resolve("file"), "content");
    playground.startWorker();
    helper("railfs", "-o", "rw,noatime").ok();
    assertThat(Files.readString(playground.mountpoint.resolve("file"))).isEqualTo("content");
    Path conf = playground.conf.resolve("railfs.conf");
    for (Shell.Result again :
        new Shell.Result[] {
          helper("railfs"), helper(conf), playground.railfs("mount", playground.mountpoint)
        }) {
      assertThat(again.exit()).as(again.toString()).isEqualTo(32);
      assertThat(again.err()).contains("is mounted by railfs already");
    }
    playground.railfs("umount", playground.mountpoint).ok();
  }

  @Test
  void aWrongLineAndAFailedMountAreToldApart() {
    assertThat(helper("railfs", "-o", "bogus").exit()).isEqualTo(1);
    playground.writeConf("railfs.mount.attribute-timeout = 10", "");
    Shell.Result withoutUnit = helper("railfs");
    assertThat(withoutUnit.exit()).isEqualTo(1);
    assertThat(withoutUnit.err()).contains("railfs.conf:4").contains("such as 10s");
    playground.writeConf("", "");
    assertThat(helper("railfs").exit()).as("no worker").isEqualTo(32);
  }
}
