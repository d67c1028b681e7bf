// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.railfs.fabric.facts.HcaPort;
import io.railfs.fabric.facts.NetDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor says of machines of several kinds, described in src/test/resources/machines. */
final class LocalDoctorTest {
  private static final Map<String, List<String>> ADDRESSES =
      Map.of("lo", List.of("127.0.0.1"), "eth0", List.of("192.0.2.7"), "ib0", List.of("10.1.0.5"));

  @TempDir Path root;

  private boolean isRoot = true;
  private Map<String, List<String>> addresses = ADDRESSES;

  private MachineFacts machine(String tree) throws IOException {
    if (!Files.exists(root.resolve("sys"))) {
      MachineTree.make(tree, root);
    }
    return MachineFacts.of(root, isRoot, name -> addresses.getOrDefault(name, List.of()));
  }

  private Report report(String tree, String settings) throws IOException {
    Config config =
        ConfigFactory.parseString(settings).withFallback(ConfigFactory.defaultReference());
    return new Report(
        LocalDoctor.look(
            machine(tree), RequiredSetup.of(config.resolve(), Optional.empty()), Selection.all()));
  }

  private static Finding finding(Report report, String group, String check) {
    return report.findings().stream()
        .filter(finding -> finding.group().equals(group) && finding.check().equals(check))
        .findFirst()
        .orElseThrow(() -> new AssertionError(group + " " + check + " not in " + report));
  }

  private static List<String> bad(Report report) {
    return report.findings().stream()
        .filter(finding -> finding.level() != Level.OK)
        .map(finding -> finding.level().label() + " " + finding.group() + " " + finding.check())
        .toList();
  }

  private static final String IB0 = "railfs.client.data.bind.device = ib0\n";
  private static final String REQUIRE = "railfs.fabric.require-infiniband = true\n";
  private static final String PORT = "adapter mlx5_0 port 1";

  @Test
  void machineWithoutInfinibandIsWellWhenNoneIsAskedFor() throws IOException {
    Report report = report("host", "");
    assertThat(bad(report)).isEmpty();
    assertThat(report.level().exitCode()).isZero();
    assertThat(finding(report, "drivers", "modules").seen())
        .isEqualTo("no InfiniBand adapter; none is asked for");
  }

  @Test
  void machineWithoutInfinibandIsAProblemWhenItIsRequired() throws IOException {
    Report report = report("host", REQUIRE);
    assertThat(bad(report)).containsExactly("problem drivers modules");
    assertThat(report.level().exitCode()).isEqualTo(2);
    assertThat(finding(report, "drivers", "modules").seen())
        .isEqualTo("no InfiniBand adapter, but the conf asks for one");
  }

  @Test
  void deviceThatDoesNotExistIsAProblemThatListsTheDevices() throws IOException {
    Report report = report("host", "railfs.client.data.bind.device = ETH0");
    assertThat(bad(report)).containsExactly("problem drivers modules", "problem device ETH0 link");
    assertThat(finding(report, "device ETH0", "link").seen())
        .isEqualTo(
            "does not exist (names are case-sensitive: 'eth0' exists); devices found:"
                + " eth0 (up, 192.0.2.7), lo (up, 127.0.0.1)");
  }

  @Test
  void configuredEthernetIsFineButSaidToBeEthernetAndItsCountedNameIsWarnedOf() throws IOException {
    Report report = report("host", "railfs.client.data.bind.device = eth0");
    assertThat(bad(report)).containsExactly("warning device eth0 persistent-name");
    assertThat(report.level().exitCode()).isEqualTo(1);
    assertThat(finding(report, "device eth0", "link-layer").seen())
        .isEqualTo("Ethernet, not InfiniBand");
    assertThat(finding(report, "device eth0", "persistent-name").advice())
        .contains("ATTR{address}==\"52:54:00:12:34:56\", NAME=\"eth0\"");
  }

  @Test
  void ruleThatNamesTheDeviceMakesItsNamePersistent() throws IOException {
    machine("host");
    Files.createDirectories(root.resolve("etc/systemd/network"));
    Files.writeString(
        root.resolve("etc/systemd/network/10-rail.link"),
        "[Match]\nMACAddress=52:54:00:12:34:56\n[Link]\nName=eth0\n");
    Report report = report("host", "railfs.client.data.bind.device = eth0");
    assertThat(finding(report, "device eth0", "persistent-name").seen())
        .isEqualTo("a rule in /etc/systemd/network/10-rail.link");
  }

  @Test
  void infinibandInDatagramModeIsWell() throws IOException {
    Report report = report("infiniband-datagram", IB0 + REQUIRE);
    assertThat(bad(report)).isEmpty();
    assertThat(finding(report, PORT, "port-state").seen())
        .isEqualTo("ACTIVE, LinkUp, 200 Gb/sec (4X HDR)");
    assertThat(finding(report, PORT, "subnet-manager").seen()).isEqualTo("at LID 1");
    assertThat(finding(report, "device ib0", "link-layer").seen())
        .isEqualTo("InfiniBand (IPoIB over mlx5_0 port 1)");
    assertThat(finding(report, "device ib0", "ipoib-mtu").seen())
        .isEqualTo("datagram mode, MTU 2044, the mode's maximum");
    assertThat(finding(report, "drivers", "modules").seen())
        .isEqualTo("ib_core, ib_ipoib, mlx5_ib loaded");
  }

  @Test
  void infinibandInConnectedModeIsWell() throws IOException {
    Report report = report("infiniband-connected", IB0);
    assertThat(bad(report)).isEmpty();
    assertThat(finding(report, "device ib0", "ipoib-mtu").seen())
        .isEqualTo("connected mode, MTU 65520, the mode's maximum");
  }

  @Test
  void mtuAboveTheModesMaximumIsAProblem() throws IOException {
    Report report = report("mtu-too-large", IB0);
    assertThat(bad(report)).containsExactly("problem device ib0 ipoib-mtu");
    assertThat(finding(report, "device ib0", "ipoib-mtu").seen())
        .isEqualTo("datagram mode, MTU 65520, more than datagram mode carries (2044)");
    assertThat(finding(report, "device ib0", "ipoib-mtu").advice())
        .startsWith("run 'ip link set ib0 mtu 2044'");
  }

  @Test
  void mtuOfAFabricOf4096IsOnlyWarnedOf() throws IOException {
    machine("infiniband-datagram");
    Files.writeString(root.resolve("sys/class/net/ib0/mtu"), "4092\n");
    assertThat(bad(report("infiniband-datagram", IB0)))
        .containsExactly("warning device ib0 ipoib-mtu");
  }

  @Test
  void portThatIsDownIsAProblemWhereADeviceOnItIsNamed() throws IOException {
    Report report = report("port-down", IB0);
    assertThat(bad(report))
        .containsExactly("problem " + PORT + " port-state", "problem device ib0 link");
    assertThat(finding(report, PORT, "port-state").advice()).startsWith("no peer on the cable");
    assertThat(finding(report, "device ib0", "link").seen())
        .isEqualTo("up, but without a carrier (down)");
  }

  @Test
  void portThatIsDownIsAWarningWhereNothingUsesIt() throws IOException {
    Report report = report("port-down", "");
    assertThat(bad(report))
        .containsExactly("warning " + PORT + " port-state", "warning device ib0 link");
    assertThat(report.level().exitCode()).isEqualTo(1);
  }

  @Test
  void missingSubnetManagerIsAProblemThatNamesOpensm() throws IOException {
    Report report = report("no-subnet-manager", IB0);
    assertThat(bad(report))
        .containsExactly(
            "problem " + PORT + " port-state",
            "problem " + PORT + " subnet-manager",
            "problem device ib0 link");
    Finding finding = finding(report, PORT, "subnet-manager");
    assertThat(finding.seen()).isEqualTo("none (sm_lid is 0)");
    assertThat(finding.advice()).contains("opensm");
  }

  @Test
  void portInEthernetModeIsFineButSaidToBeAPlainNic() throws IOException {
    addresses = Map.of("ens1f0np0", List.of("10.2.0.5"));
    Report report = report("roce-v2", "railfs.client.data.bind.device = ens1f0np0");
    assertThat(bad(report)).containsExactly("warning limits memlock");
    assertThat(finding(report, PORT, "link-layer").seen())
        .isEqualTo("Ethernet (IB/RoCE v1, RoCE v2): a plain fast NIC for RailFS, which speaks TCP");
    assertThat(finding(report, "device ens1f0np0", "link-layer").seen())
        .isEqualTo("Ethernet (a plain fast NIC over mlx5_0 port 1), not InfiniBand");
  }

  @Test
  void portInEthernetModeIsAProblemWhereInfinibandIsRequired() throws IOException {
    addresses = Map.of("ens1f0np0", List.of("10.2.0.5"));
    Report report = report("roce-v2", REQUIRE + "railfs.client.data.bind.device = ens1f0np0");
    assertThat(bad(report))
        .contains("problem " + PORT + " link-layer", "problem device ens1f0np0 link-layer");
  }

  @Test
  void adapterWithoutDriverIsFoundOnTheBus() throws IOException {
    Report report = report("no-driver", "");
    assertThat(bad(report)).containsExactly("warning drivers modules");
    assertThat(finding(report, "drivers", "modules").seen())
        .isEqualTo("InfiniBand adapter at PCI 0000:3b:00.0, but no driver has taken it");
  }

  @Test
  void namedDeviceWithoutAddressIsAProblem() throws IOException {
    addresses = Map.of();
    assertThat(bad(report("infiniband-datagram", IB0)))
        .containsExactly("problem device ib0 address");
  }

  @Test
  void machineWithoutFuseCannotMount() throws IOException {
    assertThat(bad(report("no-fuse", "")))
        .containsExactly(
            "problem fuse fuse-device", "warning fuse fusermount", "problem fuse libfuse");
  }

  @Test
  void ordinaryUserNeedsPermissionForOthersAndCannotRaiseTheReadahead() throws IOException {
    isRoot = false;
    assertThat(bad(report("host", "railfs.mount.allow-other = true")))
        .containsExactly("warning limits readahead", "problem fuse allow-other");
    Files.createDirectories(root.resolve("etc"));
    Files.writeString(root.resolve("etc/fuse.conf"), "# comment\nuser_allow_other\n");
    assertThat(bad(report("host", "railfs.mount.allow-other = true")))
        .containsExactly("warning limits readahead");
  }

  @Test
  void factsHoldWhatSysfsSays() throws IOException {
    MachineFacts machine = machine("infiniband-datagram");
    NetDevice ib0 = machine.device("ib0").orElseThrow();
    assertThat(ib0.type()).isEqualTo(NetDevice.INFINIBAND);
    assertThat(ib0.hca()).contains("mlx5_0");
    assertThat(ib0.virtual()).isFalse();
    assertThat(ib0.traffic().received()).isEqualTo(4660);
    HcaPort port = machine.port(ib0).orElseThrow();
    assertThat(port.receivedBytes()).hasValue(1165 * 4);
    assertThat(port.gids()).containsExactly("fe80:0000:0000:0000:9440:c9ff:ffb0:dfba");
    assertThat(machine.device("lo").orElseThrow().virtual()).isTrue();
    assertThat(machine.devices()).extracting(NetDevice::name).containsExactly("eth0", "ib0", "lo");
  }

  @Test
  void reportIsAlignedAndCounts() throws IOException {
    assertThat(report("no-fuse", "").lines())
        .containsExactly(
            "drivers",
            "  ok       modules      no InfiniBand adapter; none is asked for",
            "limits",
            "  ok       readahead    can be set to 512 KiB",
            "fuse",
            "  problem  fuse-device  /dev/fuse is missing",
            "                        -> run 'modprobe fuse', or start the container with --device"
                + " /dev/fuse --cap-add SYS_ADMIN",
            "  warning  fusermount   neither fusermount nor fusermount3 is installed",
            "                        -> install the package fuse (or fuse3); without it only root"
                + " can mount",
            "  problem  libfuse      libfuse.so.2 is not installed",
            "                        -> install libfuse2 (libfuse2t64 on newer Debian and Ubuntu,"
                + " fuse-libs on RHEL)",
            "5 checks: 2 ok, 1 warning, 2 problems");
  }
}
