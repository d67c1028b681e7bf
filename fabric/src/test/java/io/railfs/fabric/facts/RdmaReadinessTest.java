// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees of /sys and /proc as machines have them: IPoIB on mlx5, RoCE on a VLAN, a container. */
final class RdmaReadinessTest {
  private static final long NEEDED = 64L << 20;
  private static final String PORT = "sys/class/infiniband/mlx5_0/ports/1/";

  @TempDir Path root;

  @BeforeEach
  void readyMachine() throws IOException {
    write(
        "proc/modules",
        """
        rdma_ucm 28672 0 - Live 0x0
        ib_uverbs 163840 2 rdma_ucm,mlx5_ib, Live 0x0
        rdma_cm 131072 1 rdma_ucm, Live 0x0
        """);
    write("proc/self/limits", limits("unlimited"));
    write("proc/self/status", "Name:\tjava\nCapEff:\t0000000000000000\n");
    write("dev/infiniband/rdma_cm", "");
    write("dev/infiniband/uverbs0", "");
    write(PORT + "state", "4: ACTIVE\n");
    write(PORT + "link_layer", "InfiniBand\n");
    write(PORT + "gid_attrs/types/0", "IB/RoCE v1\n");
    write(PORT + "gid_attrs/ndevs/0", "ib0\n");
    write("sys/class/net/ib0/type", "32\n");
    write("sys/class/net/eth0/type", "1\n");
  }

  private void write(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private static String limits(String locked) {
    return "Limit                     Soft Limit           Hard Limit           Units     \n"
        + "Max open files            1024                 524288               files     \n"
        + "Max locked memory         "
        + locked
        + "                "
        + locked
        + "                bytes     \n";
  }

  private String problem(String netdev) {
    return RdmaReadiness.of(root).problem(netdev, NEEDED).orElse("");
  }

  @Test
  void nothingIsKnownAgainstAReadyInterface() {
    assertThat(problem("ib0")).isEmpty();
  }

  @Test
  void aModuleThatIsMissingIsNamedWithItsCure() throws IOException {
    write("proc/modules", "rdma_cm 131072 1 - Live 0x0\nrdma_ucm 28672 0 - Live 0x0\n");
    assertThat(problem("ib0"))
        .startsWith("the kernel module ib_uverbs, which RDMA needs, is not loaded")
        .contains("modprobe ib_uverbs");
    write("proc/modules", "ib_uverbs 163840 2 - Live 0x0\n");
    assertThat(problem("ib0")).startsWith("the kernel module rdma_cm,");
    // Built into the kernel.
    Files.createDirectories(root.resolve("sys/module/rdma_cm"));
    Files.createDirectories(root.resolve("sys/module/rdma_ucm"));
    assertThat(problem("ib0")).isEmpty();
  }

  @Test
  void aContainerWithoutTheDeviceFilesIsSentForThem() throws IOException {
    Files.delete(root.resolve("dev/infiniband/uverbs0"));
    assertThat(problem("ib0"))
        .contains("/dev/infiniband")
        .contains("--device")
        .contains("IPC_LOCK");
  }

  @Test
  void anInterfaceWithoutADeviceIsRefusedWithThoseThatThereAre() {
    assertThat(problem("eth0"))
        .startsWith("the network device eth0 has no RDMA device")
        .endsWith("(RDMA devices here: mlx5_0 port 1)");
  }

  @Test
  void anExclusiveNamespaceWithoutTheDeviceIsSaidSo() throws IOException {
    write("sys/module/ib_core/parameters/netns_mode", "N\n");
    assertThat(problem("eth0")).contains("netns mode exclusive").contains("rdma dev set");
    assertThat(problem("ib0")).isEmpty();
  }

  @Test
  void aPortThatIsNotActiveIsRefusedWithItsState() throws IOException {
    write(PORT + "state", "2: INIT\n");
    assertThat(problem("ib0"))
        .startsWith("port 1 of mlx5_0, the RDMA device of ib0, is INIT and not ACTIVE");
  }

  @Test
  void roceNeedsAGidOfVersionTwo() throws IOException {
    write(PORT + "link_layer", "Ethernet\n");
    assertThat(problem("ib0"))
        .startsWith("port 1 of mlx5_0 has no GID of the kind RoCE v2, only IB/RoCE v1");
    write(PORT + "gid_attrs/types/1", "RoCE v2\n");
    assertThat(problem("ib0")).isEmpty();
  }

  @Test
  void aLimitOfLockedMemoryThatIsTooSmallIsSaidWithBothFigures() throws IOException {
    write("proc/self/limits", limits("8388608"));
    assertThat(problem("ib0"))
        .startsWith("RDMA pins 64 MiB of memory, and this process may lock 8192 KiB")
        .contains("LimitMEMLOCK=infinity")
        .contains("IPC_LOCK");
    write("proc/self/status", "Name:\tjava\nCapEff:\t0000000000004000\n");
    assertThat(problem("ib0")).isEmpty();
  }
}
