// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DevicesTest {
  @TempDir Path sysfs;

  @Test
  void loopbackIsUp() {
    assertThatCode(() -> Devices.requireUp("lo")).doesNotThrowAnyException();
  }

  @Test
  void missingDeviceIsNamedWithTheDevicesThatExist() {
    assertThatThrownBy(() -> Devices.requireUp("ib7"))
        .isInstanceOf(FabricException.class)
        .hasMessageContaining("network device 'ib7' does not exist; devices found: ")
        .hasMessageContaining("lo (up, ")
        .hasMessageContaining("127.0.0.1");
  }

  @Test
  void nameInWrongCaseGetsTheRightOneSuggested() {
    assertThatThrownBy(() -> Devices.requireUp("LO"))
        .hasMessageContaining("'LO' does not exist (names are case-sensitive: did you mean 'lo'?)");
  }

  @Test
  void deviceThatIsAdministrativelyDownIsRefused() throws IOException {
    device("ib0", "0x1002", "down");
    assertThatThrownBy(() -> Devices.requireUsable(sysfs, "ib0", false))
        .hasMessage("network device 'ib0' is down; devices found: ib0 (down, no address)");
  }

  @Test
  void deviceWithoutCarrierIsRefused() throws IOException {
    device("ib0", "0x1003", "down");
    assertThatThrownBy(() -> Devices.requireUsable(sysfs, "ib0", false))
        .hasMessageContaining("is down");
  }

  @Test
  void deviceWithoutAddressIsRefused() throws IOException {
    device("norail0", "0x1003", "up");
    assertThatThrownBy(() -> Devices.requireUsable(sysfs, "norail0", false))
        .hasMessage(
            "network device 'norail0' has no address; devices found: norail0 (up, no address)");
  }

  @Test
  void loopbackIsNoInfiniband() {
    assertThatThrownBy(() -> Devices.requireUsable(List.of("lo"), true))
        .hasMessageContaining("network device 'lo' has link layer loopback and not InfiniBand")
        .hasMessageContaining("; devices found: ");
  }

  @Test
  void infinibandIsKnownByItsTypeInSysfs() throws IOException {
    Path lo = device("lo", "0x1003", "up");
    Files.writeString(lo.resolve("type"), "32\n");
    assertThatCode(() -> Devices.requireUsable(sysfs, "lo", true)).doesNotThrowAnyException();
    Files.writeString(lo.resolve("type"), "1\n");
    assertThatThrownBy(() -> Devices.requireUsable(sysfs, "lo", true))
        .hasMessageContaining("link layer Ethernet");
  }

  @Test
  void addressOfTheLoopbackDeviceFitsThePeersFamily() throws Exception {
    assertThat(Devices.addressFor("lo", InetAddress.getByAddress(new byte[] {127, 0, 0, 9})))
        .get()
        .isEqualTo(new DeviceAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 8));
    assertThat(Devices.addresses("norail0")).isEmpty();
    assertThat(Devices.index("lo")).isEqualTo(1);
    assertThat(Devices.index("norail0")).isZero();
  }

  private Path device(String name, String flags, String state) throws IOException {
    Path directory = Files.createDirectory(sysfs.resolve(name));
    Files.writeString(directory.resolve("flags"), flags + "\n");
    Files.writeString(directory.resolve("operstate"), state + "\n");
    return directory;
  }

  @Test
  void filesThatShowOtherDevicesThanTheKernelAreOfAnotherNamespace() throws Exception {
    assertThat(KernelDevices.names()).contains("lo");
    for (String name : KernelDevices.names()) {
      String index = String.valueOf(Devices.index(name));
      Files.writeString(
          Files.createDirectory(sysfs.resolve(name)).resolve("ifindex"), index + "\n");
    }
    assertThat(KernelDevices.isElsewhere(sysfs)).isFalse();
    assertThat(Devices.isSysfsOfAnotherNamespace()).isFalse();

    Files.writeString(sysfs.resolve("lo/ifindex"), "4711\n");
    assertThat(KernelDevices.isElsewhere(sysfs)).as("another lo").isTrue();
    Files.writeString(sysfs.resolve("lo/ifindex"), Devices.index("lo") + "\n");
    Files.createDirectory(sysfs.resolve("foreign0"));
    assertThat(KernelDevices.isElsewhere(sysfs)).as("one more").isTrue();

    File foreign = sysfs.resolve("foreign0").toFile();
    assertThat(KernelDevices.isElsewhere(sysfs, () -> assertThat(foreign.delete()).isTrue()))
        .as("one that goes meanwhile")
        .isFalse();
  }

  @Test
  void aDeviceHasTheSubnetsOfItsAddresses() throws IOException {
    InetAddress near = InetAddress.getByName("127.0.0.9");
    assertThat(Devices.isInSubnet("lo", near)).isTrue();
    assertThat(Devices.isInSubnet("none", near)).isFalse();
  }
}
