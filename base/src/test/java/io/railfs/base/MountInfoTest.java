// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class MountInfoTest {
  private static final String TEXT =
      """
      22 1 254:0 / / rw,relatime - ext4 /dev/root rw
      36 22 0:41 / /mnt/with\\040blank ro,nosuid - fuse.railfs railfs:a,b ro,user_id=0
      37 22 0:42 / /mnt/m rw shared:7 master:1 - tmpfs none rw
      38 37 0:43 / /mnt/m ro - fuse.railfs w\\134x\\011y ro
      39 38 0:44 / /mnt/m/inner rw - tmpfs none rw
      """;

  @Test
  void fieldsAreReadAlsoBehindOptionalOnes() {
    MountEntry entry = MountInfo.parse(TEXT).entries().get(2);

    assertThat(entry)
        .isEqualTo(new MountEntry(37, "0:42", "/", "/mnt/m", "tmpfs", "none", "rw,rw"));
    assertThat(entry.isRailfs()).isFalse();
  }

  @Test
  void octalEscapesBecomeTheirBytes() {
    MountInfo mounts = MountInfo.parse(TEXT);

    assertThat(mounts.railfs())
        .extracting(MountEntry::mountpoint)
        .containsExactly(Path.of("/mnt/with blank"), Path.of("/mnt/m"));
    assertThat(mounts.railfs().get(1).source()).isEqualTo("w\\x\ty");
    assertThat(
            MountInfo.parse("1 2 0:1 / /gr\u00c3\u00bc\u00c3\u009f\\040e rw - tmpfs none rw\n")
                .at(Path.of("/gr\u00fc\u00df e")))
        .isPresent();
  }

  @Test
  void theLastMountAtAPathIsTheOneSeen() {
    MountInfo mounts = MountInfo.parse(TEXT);

    assertThat(mounts.at(Path.of("/mnt/m"))).map(MountEntry::id).contains(38);
    assertThat(mounts.at(Path.of("/mnt"))).isEmpty();
    assertThat(mounts.below(Path.of("/mnt/m"))).extracting(MountEntry::id).containsExactly(39);
    assertThat(mounts.railfs().get(1).connection()).isEqualTo("43");
  }

  @Test
  void theMountsOfThisMachineAreRead() throws Exception {
    assertThat(MountInfo.read().at(Path.of("/proc"))).map(MountEntry::type).contains("proc");
  }

  /** Lines as kernels write them. */
  private static final MountInfo TABLE =
      MountInfo.parse(
          """
          22 1 8:1 / / rw - ext4 /dev/sda1 rw
          30 22 0:40 / /data/net rw - autofs auto.net rw,fd=5,direct
          31 22 0:41 / /data/used rw - autofs auto.used rw,fd=5,direct
          32 31 0:42 / /data/used rw - nfs4 server:/export rw
          40 22 0:50 / /pool rw - btrfs /dev/sdb rw
          41 22 0:50 /v2 /data/v2 rw - btrfs /dev/sdb rw
          42 22 0:50 /v2/a\\040b /bound rw - btrfs /dev/sdb rw
          43 22 0:51 / /cut rw - tm
          """);

  @Test
  void anAutomountIsNotThereUntilItIsTriggered() {
    assertThat(TABLE.placesBelow("/data")).containsExactly("/data/used", "/data/v2");
    assertThat(TABLE.holding("/data/used")).map(MountEntry::type).contains("nfs4");
    assertThat(TABLE.holding("/data/net")).map(MountEntry::isAutomount).contains(true);
  }

  @Test
  void aDirectoryOfAFileSystemHasOnePathWhereverItIsMounted() {
    assertThat(within("/pool")).isEqualTo("/");
    assertThat(within("/pool/v1")).isEqualTo("/v1");
    assertThat(within("/pool/v2/a b/c")).isEqualTo("/v2/a b/c");
    assertThat(within("/data/v2/a b/c")).isEqualTo("/v2/a b/c");
    assertThat(within("/bound/c")).isEqualTo("/v2/a b/c");
    assertThat(within("/bound")).isEqualTo("/v2/a b");
    assertThat(within("/")).isEqualTo("/");
    assertThat(within("/usr")).isEqualTo("/usr");
  }

  @Test
  void aLineThatIsCutShortIsLeftOut() {
    assertThat(TABLE.at(Path.of("/cut"))).isEmpty();
  }

  private static String within(String path) {
    return TABLE.holding(path).orElseThrow().within(path);
  }
}
