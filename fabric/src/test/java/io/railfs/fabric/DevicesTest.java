package io.railfs.fabric;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    assertThatThrownBy(() -> Devices.requireUp(sysfs, "ib0"))
        .hasMessage("network device 'ib0' is down; devices found: ib0 (down, no address)");
  }

  @Test
  void deviceWithoutCarrierIsRefused() throws IOException {
    device("ib0", "0x1003", "down");
    assertThatThrownBy(() -> Devices.requireUp(sysfs, "ib0")).hasMessageContaining("is down");
  }

  @Test
  void deviceWithoutAddressIsRefused() throws IOException {
    device("norail0", "0x1003", "up");
    assertThatThrownBy(() -> Devices.requireUp(sysfs, "norail0"))
        .hasMessage(
            "network device 'norail0' has no address; devices found: norail0 (up, no address)");
  }

  private void device(String name, String flags, String state) throws IOException {
    Path directory = Files.createDirectory(sysfs.resolve(name));
    Files.writeString(directory.resolve("flags"), flags + "\n");
    Files.writeString(directory.resolve("operstate"), state + "\n");
  }
}
