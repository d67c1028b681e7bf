// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Lines as kernels write them. */
final class MountTableTest {
  private static final MountTable TABLE =
      MountTable.of(
          List.of(
              "22 1 8:1 / / rw - ext4 /dev/sda1 rw",
              "30 22 0:40 / /data/net rw - autofs auto.net rw,fd=5,direct",
              "31 22 0:41 / /data/used rw - autofs auto.used rw,fd=5,direct",
              "32 31 0:42 / /data/used rw - nfs4 server:/export rw",
              "40 22 0:50 / /pool rw - btrfs /dev/sdb rw",
              "41 22 0:50 /v2 /data/v2 rw - btrfs /dev/sdb rw",
              "42 22 0:50 /v2/a\\040b /bound rw - btrfs /dev/sdb rw"));

  @Test
  void anAutomountIsNotThereUntilItIsTriggered() throws Exception {
    assertThat(TABLE.below("/data")).containsExactly("/data/used", "/data/v2");
    assertThat(TABLE.holding("/data/used").type()).isEqualTo("nfs4");
    assertThat(TABLE.holding("/data/net").type()).isEqualTo(MountTable.AUTOMOUNT);
  }

  @Test
  void aDirectoryOfAFileSystemHasOnePathWhereverItIsMounted() throws Exception {
    assertThat(within("/pool")).isEqualTo("/");
    assertThat(within("/pool/v1")).isEqualTo("/v1");
    assertThat(within("/pool/v2/a b/c")).isEqualTo("/v2/a b/c");
    assertThat(within("/data/v2/a b/c")).isEqualTo("/v2/a b/c");
    assertThat(within("/bound/c")).isEqualTo("/v2/a b/c");
    assertThat(within("/bound")).isEqualTo("/v2/a b");
    assertThat(within("/")).isEqualTo("/");
    assertThat(within("/usr")).isEqualTo("/usr");
  }

  private static String within(String path) throws Exception {
    return TABLE.holding(path).within(path);
  }
}
