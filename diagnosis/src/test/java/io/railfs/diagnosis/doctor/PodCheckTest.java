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
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor says of pods, whose files are as kubelet and the runtime make them. */
final class PodCheckTest {
  private static final String NETWORKS = "k8s.v1.cni.cncf.io/networks=\"fabric/rail0@net1\"\n";
  private static final String STATUS =
      "k8s.v1.cni.cncf.io/network-status=\"[{\\n    \\\"name\\\": \\\"cbr0\\\",\\n    \\\"interface\\\":"
          + " \\\"eth0\\\"\\n},{\\n    \\\"name\\\": \\\"fabric/rail0\\\",\\n    \\\"interface\\\": \\\"net1\\\","
          + "\\n    \\\"ips\\\": [\\\"10.1.0.5\\\"]\\n}]\"\n";

  @TempDir private Path root;

  @BeforeEach
  void makeMachine() throws IOException {
    MachineTree.make("host", root);
    write("etc/podinfo/annotations", NETWORKS + STATUS);
    write("proc/self/limits", limits("8388608"));
    write("proc/self/status", "CapEff:\t0000000000000000\n");
  }

  private static String limits(String memory) {
    return "Max locked memory         %s              %s              bytes\n"
            .formatted(memory, memory)
        + "Max open files            1048576              1048576              files\n";
  }

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private List<Finding> look(String settings) {
    Config config =
        ConfigFactory.parseString(settings).withFallback(ConfigFactory.defaultReference());
    return new PodCheck()
        .look(
            MachineFacts.of(root, false, name -> List.of()),
            RequiredSetup.of(config.resolve(), Optional.empty()));
  }

  private Finding find(String check, String settings) {
    return look(settings).stream()
        .filter(one -> one.check().equals(check))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aMachineThatIsNoPodIsNotLookedAt() throws IOException {
    Files.delete(root.resolve("etc/podinfo/annotations"));
    assertThat(look("railfs.client.data.bind.device = net1")).isEmpty();
  }

  @Test
  void interfacesThatMultusReportsAreWell() {
    Finding interfaces = find("interfaces", "railfs.client.data.bind.device = net1");
    assertThat(interfaces.level()).isEqualTo(Level.OK);
    assertThat(interfaces.seen()).isEqualTo("Multus reports eth0, net1");
  }

  @Test
  void anInterfaceThatThePodWasNotGivenIsAProblem() throws IOException {
    Finding interfaces = find("interfaces", "railfs.client.data.bind.device = [net1, net2]");
    assertThat(interfaces.level()).isEqualTo(Level.PROBLEM);
    assertThat(interfaces.seen()).isEqualTo("Multus reports eth0, net1; the conf names net2");
    assertThat(interfaces.advice()).contains("log of Multus");

    write("etc/podinfo/annotations", "a=\"b\"\n");
    Finding none = find("interfaces", "railfs.client.data.bind.device = net1");
    assertThat(none.level()).isEqualTo(Level.PROBLEM);
    assertThat(none.seen()).contains("reports no interfaces of this pod; the conf names net1");
    assertThat(none.advice()).contains("the pod has no annotation k8s.v1.cni.cncf.io/networks");
  }

  @Test
  void pinningIsAsTheKernelHasItAndNotAsThePodAskedForIt() throws IOException {
    assertThat(find("ipc-lock", "").level()).as("without a device").isEqualTo(Level.OK);
    write("dev/infiniband/uverbs0", "");
    Finding refused = find("ipc-lock", "");
    assertThat(refused.level()).isEqualTo(Level.WARNING);
    assertThat(refused.seen())
        .isEqualTo("8192 KiB may be pinned, and IPC_LOCK is not effective for this user");
    write("proc/self/status", "CapEff:\t0000000000004000\n");
    assertThat(find("ipc-lock", "").level()).isEqualTo(Level.OK);
    write("proc/self/status", "CapEff:\t000001ffffffbfff\n");
    assertThat(find("ipc-lock", "").level()).isEqualTo(Level.WARNING);
    write("proc/self/limits", limits("unlimited"));
    assertThat(find("ipc-lock", "").seen()).contains("no limit");
  }

  @Test
  void theModeOfRdmaNamespacesIsNamed() throws IOException {
    write("sys/module/ib_core/parameters/netns_mode", "N\n");
    assertThat(find("rdma-netns", "").seen()).contains("exclusive");
    write("sys/module/ib_core/parameters/netns_mode", "Y\n");
    assertThat(find("rdma-netns", "").seen()).contains("shared");
  }
}
