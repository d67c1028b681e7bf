// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DiskTimesTest {
  @TempDir Path root;

  @Test
  void theStatOfTheDeviceBelowADirectoryIsRead() throws Exception {
    long device = (Long) Files.getAttribute(root, "unix:dev");
    Path stat = root.resolve("sys/dev/block/" + DiskTimes.name(device) + "/stat");
    assertThat(DiskTimes.of(root, root)).isEmpty();
    Files.createDirectories(stat.getParent());
    Files.writeString(stat, "  524723   188  41943040   675796   157259  9  8  1106561  0 0 0\n");
    assertThat(DiskTimes.of(root, root)).contains(new DiskTimes(524723, 675796, 157259, 1106561));
    Files.writeString(stat, "nothing\n");
    assertThat(DiskTimes.of(root, root)).isEmpty();
    assertThat(DiskTimes.of(root, root.resolve("none"))).isEmpty();
  }

  @Test
  void deviceNumbersAreThoseOfTheKernel() {
    assertThat(DiskTimes.name(0x801)).isEqualTo("8:1");
    assertThat(DiskTimes.name((0x12345L << 12 & 0xfff00000L) | (259 << 8) | 0x45))
        .isEqualTo("259:74565");
  }
}
