// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** GIDs and MTUs of the interfaces of pods, from sysfs as it looks in their namespaces. */
final class PodFabricCheckTest {
  private static final String GID = "pod-gid";
  private static final String MTU = "pod-mtu";

  @TempDir private Path root;

  private void make(String tree) throws IOException {
    MachineTree.make(tree, root);
    write("etc/podinfo/annotations", "a=\"b\"\n");
    write("dev/infiniband/uverbs0", "");
  }

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void writeStatus(int mtu) throws IOException {
    write(
        "etc/podinfo/annotations",
        "k8s.v1.cni.cncf.io/network-status=\"[{\\\"interface\\\": \\\"eth0\\\", \\\"mtu\\\": 1450},"
            + "{\\n \\\"name\\\": \\\"fabric/rail0\\\", \\\"interface\\\": \\\"net1\\\", \\\"mtu\\\": "
            + mtu
            + "}]\"\n");
  }

  private List<Finding> look(String device, String... addresses) {
    Config config =
        ConfigFactory.parseString("railfs.client.data.bind.device = " + device)
            .withFallback(ConfigFactory.defaultReference());
    Map<String, List<String>> all = Map.of(device, List.of(addresses));
    return new PodFabricCheck()
        .look(
            MachineFacts.of(root, false, name -> all.getOrDefault(name, List.of())),
            RequiredSetup.of(config.resolve(), Optional.empty()));
  }

  private Finding find(String check, String device, String... addresses) {
    return look(device, addresses).stream()
        .filter(one -> one.check().equals(check))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aMachineThatIsNoPodIsNotLookedAt() throws IOException {
    make("pod-macvlan");
    Files.delete(root.resolve("etc/podinfo/annotations"));
    assertThat(look("net1", "10.1.0.5")).isEmpty();
  }

  @Test
  void theGidOfARocePodIsFoundByItsAddressAndNotByTheNameThatAllPodsHave() throws IOException {
    make("pod-macvlan");
    Finding gid = find(GID, "net1", "10.1.0.5", "fe80::3811:22ff:fe33:4455%net1");
    assertThat(gid.level()).isEqualTo(Level.OK);
    assertThat(gid.seen()).isEqualTo("GID 11 of mlx5_0 port 1 is that of net1 (RoCE v2)");
    assertThat(gid.group()).isEqualTo("device net1");

    Finding none = find(GID, "net1", "10.1.0.7");
    assertThat(none.level()).isEqualTo(Level.WARNING);
    assertThat(none.seen()).isEqualTo("no adapter of this pod has a GID of net1 (up, 10.1.0.7)");
    assertThat(none.advice())
        .contains("grant the device that net1 is on", "RailFS, which speaks TCP, can");
  }

  @Test
  void withoutAnRdmaDeviceNoGidIsNeeded() throws IOException {
    make("pod-macvlan");
    Files.delete(root.resolve("dev/infiniband/uverbs0"));
    Finding gid = find(GID, "net1", "10.1.0.7");
    assertThat(gid.level()).isEqualTo(Level.OK);
    assertThat(gid.seen()).contains("no GID is needed");
  }

  @Test
  void roceOfVersionOneAloneIsSaid() throws IOException {
    make("pod-sriov");
    Finding gid = find(GID, "net1", "fd00:0:0:1::5");
    assertThat(gid.level()).isEqualTo(Level.WARNING);
    assertThat(gid.seen())
        .isEqualTo(
            "GID 2 of mlx5_2 port 1 is that of net1 (IB/RoCE v1), and there is none of RoCE v2");
    assertThat(gid.advice()).contains("cma_roce_mode -d mlx5_2 -p 1 -m 2");
  }

  @Test
  void theGidOfIpoibIsThatOfItsPort() throws IOException {
    make("infiniband-datagram");
    Finding gid = find(GID, "ib0", "10.1.0.5");
    assertThat(gid.level()).isEqualTo(Level.OK);
    assertThat(gid.seen()).isEqualTo("GID 0 of mlx5_0 port 1 is that of ib0");
    write(
        "sys/devices/pci0000:3a/0000:3b:00.0/infiniband/mlx5_0/ports/1/gids/0",
        "fe80:0000:0000:0000:0000:0000:0000:0000\n");
    Finding none = find(GID, "ib0", "10.1.0.5");
    assertThat(none.level()).isEqualTo(Level.WARNING);
    assertThat(none.advice()).contains("its port has no GUID", "linkState");
  }

  @Test
  void whereTheNodesDeviceIsNotSeenThatIsSaid() throws IOException {
    make("pod-macvlan");
    Finding mtu = find(MTU, "net1", "10.1.0.5");
    assertThat(mtu.level()).isEqualTo(Level.OK);
    assertThat(mtu.seen())
        .isEqualTo("MTU 9000; that of the node's device cannot be seen from this pod");
  }

  @Test
  void aVirtualFunctionDoesNotStandOnItself() throws IOException {
    make("pod-sriov");
    assertThat(find(MTU, "net1", "fd00:0:0:1::5").seen())
        .isEqualTo("MTU 1500; that of the node's device cannot be seen from this pod");
  }

  @Test
  void theMtuIsComparedWithWhatMultusHasMade() throws IOException {
    make("pod-macvlan");
    writeStatus(9000);
    assertThat(find(MTU, "net1").seen()).startsWith("MTU 9000, as Multus has made it;");
    writeStatus(1500);
    Finding changed = find(MTU, "net1");
    assertThat(changed.level()).isEqualTo(Level.WARNING);
    assertThat(changed.seen()).isEqualTo("MTU 9000, and Multus has made it with 1500");
    write("etc/podinfo/annotations", "k8s.v1.cni.cncf.io/network-status=\"{[\"\n");
    assertThat(find(MTU, "net1").level()).isEqualTo(Level.OK);
  }

  @Test
  void theMtuIsComparedWithTheDeviceBelow() throws IOException {
    make("pod-macvlan");
    write("sys/devices/virtual/net/net1/lower_ens1/mtu", "1500\n");
    Finding narrow = find(MTU, "net1");
    assertThat(narrow.level()).isEqualTo(Level.PROBLEM);
    assertThat(narrow.seen()).isEqualTo("MTU 9000, and ens1 below it has 1500");
    assertThat(narrow.advice())
        .contains("'ip link set ens1 mtu 9000' on the node", "rails[].mtu: 1500");
    write("sys/devices/virtual/net/net1/lower_ens1/mtu", "9216\n");
    Finding wide = find(MTU, "net1");
    assertThat(wide.level()).isEqualTo(Level.WARNING);
    assertThat(wide.advice()).contains("rails[].mtu: 9216");
    write("sys/devices/virtual/net/net1/lower_ens1/mtu", "9000\n");
    assertThat(find(MTU, "net1").seen()).isEqualTo("MTU 9000, as ens1 below it");
  }

  @Test
  void theMtuIsComparedWithInterfacesOfTheAdapter() throws IOException {
    make("pod-macvlan");
    write("sys/devices/pci0000:5d/0000:5e:00.0/net/ens1f0np0/mtu", "1500\n");
    Finding narrow = find(MTU, "net1", "10.1.0.5");
    assertThat(narrow.level()).isEqualTo(Level.PROBLEM);
    assertThat(narrow.seen()).isEqualTo("MTU 9000, and ens1f0np0 below it has 1500");
  }
}
