package io.railfs.fabric;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The network interfaces of this machine, as the kernel lists them in sysfs. Thread-safe. */
public final class Devices {
  private static final Path SYSFS = Path.of("/sys/class/net");

  /** In the kernel's if.h. */
  private static final int IFF_UP = 1;

  private Devices() {}

  /**
   * Returns if the device can carry traffic now: it exists, is up with a carrier, and has an
   * address.
   *
   * @throws FabricException otherwise, with one sentence that lists the devices there are
   */
  public static void requireUp(String device) throws FabricException {
    requireUp(SYSFS, device);
  }

  static void requireUp(Path sysfs, String device) throws FabricException {
    requireNonNull(device, "device is null");
    List<Device> devices = list(sysfs);
    Device found = devices.stream().filter(d -> d.name().equals(device)).findFirst().orElse(null);
    String problem;
    if (found == null) {
      problem = "does not exist" + caseHint(device, devices);
    } else if (!found.up()) {
      problem = "is down";
    } else if (found.addresses().isEmpty()) {
      problem = "has no address";
    } else {
      return;
    }
    throw new FabricException(
        "network device '"
            + device
            + "' "
            + problem
            + "; devices found: "
            + devices.stream().map(Device::toString).collect(joining(", ")));
  }

  private static String caseHint(String device, List<Device> devices) {
    return devices.stream()
        .filter(d -> d.name().equalsIgnoreCase(device))
        .findFirst()
        .map(d -> " (names are case-sensitive: did you mean '" + d.name() + "'?)")
        .orElse("");
  }

  private static List<Device> list(Path sysfs) throws FabricException {
    try (Stream<Path> entries = Files.list(sysfs)) {
      // Some drivers keep plain files here (bonding_masters); a device is a directory.
      return entries.filter(Files::isDirectory).sorted().map(Devices::read).toList();
    } catch (IOException e) {
      throw new FabricException("cannot list the network devices in " + sysfs + ": " + e, e);
    }
  }

  private static Device read(Path directory) {
    String name = String.valueOf(directory.getFileName());
    return new Device(name, isUp(directory), addresses(name));
  }

  private static boolean isUp(Path directory) {
    try {
      int flags = Integer.decode(Files.readString(directory.resolve("flags")).strip());
      String state = Files.readString(directory.resolve("operstate")).strip();
      // Loopback, dummies and some tunnels never say "up".
      return (flags & IFF_UP) != 0 && (state.equals("up") || state.equals("unknown"));
    } catch (IOException e) {
      // The device went away between the listing and now.
      return false;
    }
  }

  private static List<String> addresses(String name) {
    try {
      NetworkInterface device = NetworkInterface.getByName(name);
      return device == null
          ? List.of()
          : device.inetAddresses().map(InetAddress::getHostAddress).sorted().toList();
    } catch (SocketException e) {
      // As above.
      return List.of();
    }
  }

  /**
   * One interface, as a person wants to read it.
   *
   * @param addresses without prefix lengths
   */
  private record Device(String name, boolean up, List<String> addresses) {
    @Override
    public String toString() {
      return name
          + (up ? " (up, " : " (down, ")
          + (addresses.isEmpty() ? "no address" : String.join(" ", addresses))
          + ")";
    }
  }
}
