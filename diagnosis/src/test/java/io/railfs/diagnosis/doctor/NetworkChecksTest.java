// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static io.railfs.diagnosis.doctor.CapturedMachine.IB0;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.railfs.client.probe.ProbeTarget;
import io.railfs.fabric.DeviceAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Interfaces and the kernel's network: what is set now, and what a reboot leaves of it. */
final class NetworkChecksTest extends CapturedMachineTestBase {
  private static final String SYSCTL = "proc/sys/net/";

  @Test
  void moduleThatNoFileLoadsIsAWarning() throws IOException {
    machine.with("etc/modules-load.d/railfs.conf", "# ib_ipoib");
    Finding finding = machine.find(CheckId.BOOT_MODULES);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.advice()).isEqualTo("run 'echo ib_ipoib > /etc/modules-load.d/railfs.conf'");
    machine.with("etc/infiniband/openib.conf", "IPOIB_LOAD=yes");
    assertThat(machine.find(CheckId.BOOT_MODULES).seen())
        .isEqualTo("ib_ipoib in /etc/infiniband/openib.conf");
  }

  @Test
  void addressThatNoFileGivesIsAWarning() throws IOException {
    machine.without("etc/systemd/network/20-ib0.network");
    Finding finding = machine.find(CheckId.BOOT_ADDRESS);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen()).isEqualTo("10.1.0.5, but no file gives it after a reboot");
    assertThat(finding.advice()).contains("nmcli connection add type infiniband ifname ib0");
    machine.with("etc/netplan/60-ib.yaml", "network:\n  ethernets:\n    ib0:\n      mtu: 2044");
    assertThat(machine.find(CheckId.BOOT_ADDRESS).seen())
        .isEqualTo("configured in /etc/netplan/60-ib.yaml");
    machine
        .without("etc/netplan/60-ib.yaml")
        .with("etc/network/interfaces", "auto ib0\niface ib0 inet static");
    assertThat(machine.find(CheckId.BOOT_ADDRESS).level()).isEqualTo(Level.OK);
    machine
        .without("etc/network/interfaces")
        .with("etc/sysconfig/network-scripts/ifcfg-ib0", "DEVICE=ib0");
    assertThat(machine.find(CheckId.BOOT_ADDRESS).level()).isEqualTo(Level.OK);
  }

  @Test
  void aDeviceThatCannotCarryRdmaIsAWarningWhereTheSettingsNameIt() throws IOException {
    machine.with("proc/modules", "ib_ipoib 100 0 - Live 0x0");
    assertThat(machine.find(CheckId.RDMA_READINESS).level()).isEqualTo(Level.OK);
    for (String transport : List.of("rdma", "[rdma, tcp]", "\"local,rdma\"")) {
      Finding finding =
          machine.findings("railfs.client.data.transport = " + transport).stream()
              .filter(one -> one.id() == CheckId.RDMA_READINESS)
              .findFirst()
              .orElseThrow();
      assertThat(finding.level()).as(transport).isEqualTo(Level.WARNING);
      assertThat(finding.seen()).startsWith("ib0 cannot: the kernel module ib_uverbs");
      assertThat(finding.advice()).contains("railfs.client.data.transport = auto");
    }
  }

  @Test
  void loneQueueIsAWarningInDatagramMode() throws IOException {
    machine.without(IB0 + "queues/rx-1/rps_cpus").without(IB0 + "queues/rx-1");
    Finding finding = machine.find(CheckId.QUEUES);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen())
        .isEqualTo("1 receive queue, tx_queue_len 4096: one processor receives all");
    machine.with(IB0 + "mode", "connected");
    assertThat(machine.find(CheckId.QUEUES).level()).isEqualTo(Level.OK);
  }

  @Test
  void shortRingIsAWarningWithTheCommandThatMakesItLonger() throws IOException {
    machine.replacing("usr/sbin/ethtool", "RX: 1024", "RX: 256");
    Finding finding = machine.find(CheckId.RINGS);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen()).isEqualTo("256 of 8192 slots for packets that come in");
    assertThat(finding.advice()).isEqualTo("run 'ethtool -G ib0 rx 8192'");
  }

  @Test
  void offloadThatIsOffIsAWarningUnlessItIsFixed() throws IOException {
    machine.replacing(
        "usr/sbin/ethtool", "generic-receive-offload: on", "generic-receive-offload: off");
    Finding finding = machine.find(CheckId.OFFLOADS);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen()).isEqualTo("generic-receive-offload could be on and is off");
    assertThat(finding.advice()).isEqualTo("run 'ethtool -K ib0 generic-receive-offload on'");
    machine.replacing(
        "usr/sbin/ethtool", "generic-receive-offload: off", "generic-receive-offload: off [fixed]");
    assertThat(machine.find(CheckId.OFFLOADS).level()).isEqualTo(Level.OK);
  }

  @Test
  void machineWithoutEthtoolHasNoFindingOfIt() throws IOException {
    machine.without("usr/sbin/ethtool");
    assertThat(machine.findings())
        .noneMatch(f -> f.id() == CheckId.RINGS || f.id() == CheckId.OFFLOADS);
  }

  @Test
  void smallWindowsAreAWarning() throws IOException {
    assertThat(machine.find(CheckId.TCP_BUFFERS).seen())
        .isEqualTo("windows of up to 6.0 MiB in, 4.0 MiB out");
    machine.with(SYSCTL + "ipv4/tcp_rmem", "4096 131072 262144");
    Finding finding = machine.find(CheckId.TCP_BUFFERS);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.advice()).startsWith("run 'sysctl -w net.ipv4.tcp_window_scaling=1");
    machine
        .with(SYSCTL + "ipv4/tcp_rmem", "4096 131072 6291456")
        .with(SYSCTL + "ipv4/tcp_window_scaling", "0");
    assertThat(machine.find(CheckId.TCP_BUFFERS).seen()).endsWith("as tcp_window_scaling is 0");
  }

  @Test
  void tablesThatAreNearlyFullAreAWarning() throws IOException {
    machine.with(SYSCTL + "netfilter/nf_conntrack_count", "250000");
    assertThat(machine.find(CheckId.CONNECTION_TRACKING).level()).isEqualTo(Level.WARNING);
    StringBuilder arp = new StringBuilder("IP address HW type Flags HW address Mask Device");
    for (int i = 0; i < 900; i++) {
      arp.append("\n10.1.%d.%d 0x20 0x2 80:00 * ib0".formatted(i / 250, i % 250));
    }
    machine.with("proc/net/arp", arp.toString());
    Finding finding = machine.find(CheckId.NEIGHBOUR_TABLE);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.seen()).isEqualTo("900 of 1024 entries (gc_thresh3)");
  }

  @Test
  void ruleThatDropsAPortOfRailFsIsAProblemWithTheCommandThatTakesItAway() throws IOException {
    assertThat(machine.find(CheckId.FIREWALL).seen())
        .isEqualTo("none of 1 rules drops the ports 29997, 29999 by number");
    machine.replacing("usr/sbin/nft", "tcp dport 22 accept", "tcp dport { 80, 29990-29998 } drop");
    Finding finding = machine.find(CheckId.FIREWALL);
    assertThat(finding.level()).isEqualTo(Level.PROBLEM);
    assertThat(finding.seen())
        .isEqualTo("a rule drops packets of port 29997: tcp dport { 80, 29990-29998 } drop");
    assertThat(finding.advice()).startsWith("run 'nft delete rule inet filter input handle 4'");
  }

  @Test
  void rulesOfIptablesAreReadWhereThereIsNoNft() {
    FirewallRules rules =
        FirewallRules.ofIptables(
            "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 29997 -j DROP\nCOMMIT");
    assertThat(rules.against(29999)).isEmpty();
    assertThat(rules.against(29997))
        .hasValueSatisfying(
            rule ->
                assertThat(rule.removal())
                    .isEqualTo("iptables -D INPUT -p tcp -m tcp --dport 29997 -j DROP"));
  }

  private Optional<Finding> route(String address) throws IOException {
    ProbeTarget way =
        new ProbeTarget(
            new InetSocketAddress(InetAddress.getByName(address), 29997), address, "ib0");
    return RouteCheck.look("g", machine.facts(), way, new SubnetCheck(), wanted());
  }

  private static RequiredSetup wanted() {
    return wanted("ib0");
  }

  private static RequiredSetup wanted(String devices) {
    return RequiredSetup.of(
        ConfigFactory.parseString("railfs.client.data.bind.device = \"" + devices + "\"")
            .withFallback(ConfigFactory.defaultReference())
            .resolve(),
        Optional.empty());
  }

  @Test
  void settingsOfRailsInOneSubnetAreJudgedNowAndAfterAReboot() throws IOException {
    Map<String, DeviceAddress> addresses =
        Map.of(
            "ib0", new DeviceAddress(InetAddress.getByName("10.1.0.5"), 24),
            "eth0", new DeviceAddress(InetAddress.getByName("10.1.0.6"), 24));
    SubnetCheck check = new SubnetCheck(name -> List.of(addresses.get(name)));
    RequiredSetup both = wanted("ib0,eth0");
    assertThat(check.look(machine.facts(), both))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.id()).isEqualTo(CheckId.ONE_SUBNET);
              assertThat(finding.level()).isEqualTo(Level.WARNING);
            });
    machine
        .with(SYSCTL + "ipv4/conf/all/rp_filter", "2")
        .with(SYSCTL + "ipv4/conf/all/arp_ignore", "1")
        .with(SYSCTL + "ipv4/conf/all/arp_announce", "2");
    List<Finding> byHand = check.look(machine.facts(), both);
    assertThat(byHand).extracting(Finding::level).containsExactly(Level.OK, Level.WARNING);
    assertThat(byHand.get(1).seen())
        .isEqualTo("no file sets arp_ignore, arp_announce when the machine starts");
    assertThat(byHand.get(1).advice())
        .isEqualTo(
            "run 'printf \"net.ipv4.conf.all.%s\\n\" rp_filter=2 arp_ignore=1 arp_announce=2 >"
                + " /etc/sysctl.d/90-railfs.conf'");
    machine.with(
        "etc/sysctl.d/90-railfs.conf",
        "net.ipv4.conf.all.arp_ignore=1\nnet.ipv4.conf.all.arp_announce = 2");
    assertThat(check.look(machine.facts(), both))
        .extracting(Finding::level)
        .containsExactly(Level.OK, Level.OK);
  }

  @Test
  void routeOverAnotherDeviceIsAWarning() throws IOException {
    assertThat(route("10.1.0.9"))
        .hasValueSatisfying(f -> assertThat(f.level()).isEqualTo(Level.OK));
    assertThat(route("10.2.0.9"))
        .hasValueSatisfying(
            finding -> {
              assertThat(finding.level()).isEqualTo(Level.WARNING);
              assertThat(finding.seen())
                  .isEqualTo("the kernel's route to 10.2.0.9 is over eth0, not over ib0");
              assertThat(finding.advice()).contains("'ip route add 10.2.0.9/32 dev ib0'");
            });
    assertThat(route("127.0.0.1")).isEmpty();
  }

  @Test
  void addressThatAnotherMachineAnswersForIsAProblem() {
    Finding duplicate =
        DuplicateCheck.finding(
                "ib0",
                "10.1.0.5",
                "ARPING 10.1.0.5 from 0.0.0.0 ib0\nUnicast reply from 10.1.0.5 [80:00:02:08:FE:80]"
                    + "  0.7ms\nSent 1 probes (1 broadcast(s))\nReceived 1 response(s)\n")
            .orElseThrow();
    assertThat(duplicate.level()).isEqualTo(Level.PROBLEM);
    assertThat(duplicate.seen())
        .isEqualTo("another machine has 10.1.0.5 too; it answers from 80:00:02:08:FE:80");
    assertThat(
            DuplicateCheck.finding(
                "ib0",
                "10.1.0.5",
                "ARPING 10.1.0.5 from 0.0.0.0 ib0\nSent 2 probes (2 broadcast(s))\nReceived 0"
                    + " response(s)\n"))
        .hasValueSatisfying(f -> assertThat(f.level()).isEqualTo(Level.OK));
    assertThat(DuplicateCheck.finding("ib0", "10.1.0.5", "arping: no such option")).isEmpty();
  }

  @Test
  void addressThatTheKernelRefusesAsADuplicateIsAProblem() throws IOException {
    machine.with(
        "proc/net/if_inet6",
        "fd000000000000000000000000000005 04 40 00 c8      ib0\n"
            + "00000000000000000000000000000001 01 80 10 80       lo");
    try (DuplicateCheck check = DuplicateCheck.start(machine.facts(), Set.of())) {
      assertThat(check.finish())
          .singleElement()
          .satisfies(f -> assertThat(f.seen()).contains("fd00:0000:0000:0000:0000:0000:0000:0005"));
    }
  }
}
