// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.fabric.DeviceAddress;
import io.railfs.fabric.Devices;
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
  void prefixesAreComparedBitByBit() throws IOException {
    InetAddress own = InetAddress.getByName("10.1.0.5");
    assertThat(new DeviceAddress(own, 24).isInSubnet(InetAddress.getByName("10.1.0.200"))).isTrue();
    assertThat(new DeviceAddress(own, 25).isInSubnet(InetAddress.getByName("10.1.0.200")))
        .isFalse();
    assertThat(new DeviceAddress(own, 0).isInSubnet(InetAddress.getByName("fd00::5"))).isFalse();
    assertThat(Devices.isInSubnet("lo", InetAddress.getByName("127.0.0.9"))).isTrue();
    assertThat(Devices.isInSubnet("none", own)).isFalse();
  }
}
