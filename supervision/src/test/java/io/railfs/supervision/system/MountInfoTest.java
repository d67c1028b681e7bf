// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

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
        .isEqualTo(new MountEntry(37, "0:42", Path.of("/mnt/m"), "tmpfs", "none", "rw,rw"));
    assertThat(entry.isRailfs()).isFalse();
  }

  @Test
  void octalEscapesBecomeTheirBytes() {
    MountInfo mounts = MountInfo.parse(TEXT);

    assertThat(mounts.railfs())
        .extracting(MountEntry::mountpoint)
        .containsExactly(Path.of("/mnt/with blank"), Path.of("/mnt/m"));
    assertThat(mounts.railfs().get(1).source()).isEqualTo("w\\x\ty");
    assertThat(MountInfo.unescape("/gr\u00c3\u00bc\u00c3\u009f\\040e"))
        .isEqualTo("/gr\u00fc\u00df e");
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
}
