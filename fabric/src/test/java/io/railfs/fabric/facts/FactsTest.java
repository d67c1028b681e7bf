// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FactsTest {
  @TempDir Path root;

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text + "\n");
  }

  @Test
  void machineWithoutSysfsHasNothing() {
    assertThat(NetDevice.all(root, name -> List.of())).isEmpty();
    assertThat(HcaPort.all(root)).isEmpty();
    assertThat(Traffic.all(root)).isEmpty();
    assertThat(PciAdapters.infiniband(root)).isEmpty();
    assertThat(KernelModules.of(root).has("ib_core")).isFalse();
    assertThat(ProcessLimits.of(root)).isEmpty();
  }

  @Test
  void secondPortOfAnAdapterIsFoundByDevPortOrTheOlderDevId() throws IOException {
    write("sys/class/net/ib0/dev_port", "1");
    write("sys/class/net/ib1/dev_id", "0x1");
    assertThat(NetDevice.all(root, name -> List.of()))
        .extracting(NetDevice::port)
        .containsExactly(2, 2);
  }

  @Test
  void onlyIpoibHasAMode() throws IOException {
    write("sys/class/net/wlan0/type", "1");
    write("sys/class/net/wlan0/mode", "managed");
    write("sys/class/net/ib0/type", "32");
    write("sys/class/net/ib0/mode", "connected");
    assertThat(NetDevice.all(root, name -> List.of()))
        .extracting(device -> device.ipoibMode().orElse("none"))
        .containsExactly("connected", "none");
  }

  @Test
  void bondAndItsMembersAreRelated() throws IOException {
    write("sys/class/net/bond0/lower_ib0/mtu", "2044");
    assertThat(NetDevice.all(root, name -> List.of()).get(0).related()).containsExactly("ib0");
  }

  @Test
  void portCountersAreWordsOfFourBytes() throws IOException {
    write("sys/class/infiniband/mlx5_0/ports/2/counters/port_rcv_data", "250");
    HcaPort port = HcaPort.all(root).get(0);
    assertThat(port.name()).isEqualTo("mlx5_0 port 2");
    assertThat(port.receivedBytes()).hasValue(1_000);
    assertThat(port.sentBytes()).isEmpty();
    assertThat(port.hasSubnetManager()).isFalse();
  }

  @Test
  void trafficIsTheDifferenceOfTwoReadings() throws IOException {
    write("sys/class/net/ib0/statistics/rx_bytes", "1000");
    write("sys/class/net/ib0/statistics/tx_bytes", "10");
    Map<String, Traffic> before = Traffic.all(root);
    write("sys/class/net/ib0/statistics/rx_bytes", "5000");
    assertThat(Traffic.all(root).get("ib0").since(before.get("ib0")))
        .isEqualTo(new Traffic(4000, 0));
  }

  @Test
  void builtInDriversCountAsLoaded() throws IOException {
    write("proc/modules", "mlx5_ib 487424 0 - Live 0x0");
    Files.createDirectories(root.resolve("sys/module/ib_core"));
    KernelModules modules = KernelModules.of(root);
    assertThat(modules.has("mlx5_ib")).isTrue();
    assertThat(modules.has("ib_core")).isTrue();
    assertThat(modules.has("ib_ipoib")).isFalse();
  }

  @Test
  void limitsAreThoseOfTheirColumns() throws IOException {
    write(
        "proc/self/limits",
        "Max open files            1024                 4096                 files\n"
            + "Max locked memory         unlimited            unlimited            bytes");
    assertThat(ProcessLimits.of(root)).contains(new ProcessLimits(ProcessLimits.UNLIMITED, 4096));
  }

  @Test
  void rateOfAPortIsReadAsTheKernelWritesIt() {
    assertThat(LinkRate.of("200 Gb/sec (4X HDR)")).contains(new LinkRate(200, 4, "HDR"));
    assertThat(LinkRate.of("2.5 Gb/sec (1X SDR)")).contains(new LinkRate(2.5, 1, "SDR"));
    assertThat(LinkRate.of("8 Gb/sec (4X)")).contains(new LinkRate(8, 4, ""));
    assertThat(LinkRate.of("unknown")).isEmpty();
  }

  @Test
  void processorsAreReadAndWrittenAsTheKernelListsThem() {
    assertThat(CpuSet.of("0-3,8,10-11")).hasToString("0-3,8,10-11");
    assertThat(CpuSet.of("0-3").union(CpuSet.of("4,9"))).hasToString("0-4,9");
    assertThat(CpuSet.of("0-3").meets(CpuSet.of("4-7"))).isFalse();
    assertThat(CpuSet.of("0-3").size()).isEqualTo(4);
    assertThat(CpuSet.of("")).matches(CpuSet::isEmpty);
    assertThat(CpuSet.of("ff,000000ff")).matches(CpuSet::isEmpty);
    assertThat(CpuSet.of("3-1")).matches(CpuSet::isEmpty);
  }

  @Test
  void longestPrefixAndThenTheLowestMetricDecideWhereAnAddressIsRouted() throws IOException {
    write(
        "proc/net/route",
        """
        Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT
        eth0 00000000 010200C0 0003 0 0 0 00000000 0 0 0
        ib0 0000010A 00000000 0001 0 0 200 00FFFFFF 0 0 0
        ib1 0000010A 00000000 0001 0 0 100 00FFFFFF 0 0 0
        ib2 0700010A 00000000 0000 0 0 0 FFFFFFFF 0 0 0""");
    RouteTable routes = RouteTable.of(root);
    assertThat(routes.device(InetAddress.getByName("10.1.0.7"))).contains("ib1");
    assertThat(routes.device(InetAddress.getByName("10.1.1.7"))).contains("eth0");
    assertThat(routes.device(InetAddress.getByName("fd00::7"))).isEmpty();
  }

  @Test
  void addressThatNobodyAnsweredForIsSilent() throws IOException {
    write(
        "proc/net/arp",
        """
        IP address       HW type     Flags       HW address            Mask     Device
        10.1.0.9         0x1         0x2         52:54:00:00:00:01     *        ib0
        10.1.0.10        0x1         0x0         00:00:00:00:00:00     *        ib0""");
    Neighbours neighbours = Neighbours.of(root);
    assertThat(neighbours.isSilent("10.1.0.10", "ib0")).isTrue();
    assertThat(neighbours.isSilent("10.1.0.10", "")).isTrue();
    assertThat(neighbours.isSilent("10.1.0.10", "ib1")).isFalse();
    assertThat(neighbours.isSilent("10.1.0.9", "ib0")).isFalse();
    assertThat(neighbours.isSilent("10.1.0.11", "")).isFalse();
  }

  @Test
  void linkOfTheBusIsReadWithWhatDeviceAndSlotCan() throws IOException {
    String device = "sys/class/infiniband/mlx5_0/device/";
    write(device + "class", "0x020700");
    write(device + "current_link_speed", "8.0 GT/s PCIe");
    write(device + "current_link_width", "8");
    write(device + "max_link_speed", "16.0 GT/s PCIe");
    write(device + "max_link_width", "16");
    write(device + "numa_node", "-1");
    write(device + "msi_irqs/77", "msix");
    write(device + "aer_dev_correctable", "RxErr 3\nTOTAL_ERR_COR 3");
    PciDevice pci = PciDevice.ofAdapter(root, "mlx5_0").orElseThrow();
    assertThat(pci.link().orElseThrow().text()).isEqualTo("8.0 GT/s x8");
    assertThat(pci.link().orElseThrow().gigabits()).isBetween(63.0, 63.1);
    assertThat(new PciDevice.Link(5, 8).gigabits()).isEqualTo(32);
    assertThat(pci.maximum()).contains(new PciDevice.Link(16, 16));
    assertThat(pci.slot()).isEmpty();
    assertThat(pci.numaNode()).isEqualTo(-1);
    assertThat(pci.interrupts()).containsExactly(77);
    assertThat(pci.errors()).containsExactly(Map.entry("correctable", 3L));
    assertThat(PciDevice.ofInterface(root, "ib0")).isEmpty();
  }

  @Test
  void packetsOfAllProcessorsAreCountedTogether() throws IOException {
    write("proc/net/softnet_stat", "0000000a 00000001 00000000\n00000010 00000002 00000000");
    assertThat(Softnet.of(root)).isEqualTo(new Softnet(26, 3));
    assertThat(Softnet.of(root).since(new Softnet(20, 1))).isEqualTo(new Softnet(6, 2));
  }
}
