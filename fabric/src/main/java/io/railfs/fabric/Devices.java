// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The network interfaces of this machine, as the kernel lists them in sysfs, or, where that is of
 * another network namespace, as it reports them to this process. Thread-safe.
 */
public final class Devices {
  private static final Path SYSFS = Path.of("/sys/class/net");

  /** In the kernel's if.h. */
  private static final int IFF_UP = 1;

  /** In the kernel's if_arp.h. */
  private static final int ARPHRD_ETHER = 1;

  private static final int ARPHRD_INFINIBAND = 32;
  private static final int ARPHRD_LOOPBACK = 772;

  private Devices() {}

  /**
   * Returns if the device can carry traffic now: it exists, is up with a carrier, and has an
   * address.
   *
   * @throws FabricException otherwise, with one sentence that lists the devices there are
   */
  public static void requireUp(String device) throws FabricException {
    requireUsable(SYSFS, device, false);
  }

  /**
   * As {@link #requireUp}, for each of the devices.
   *
   * @param infiniband whether each must be InfiniBand too
   * @throws FabricException for the first one that cannot be used
   */
  public static void requireUsable(List<String> devices, boolean infiniband)
      throws FabricException {
    for (String device : devices) {
      requireUsable(SYSFS, device, infiniband);
    }
  }

  static void requireUsable(Path sysfs, String device, boolean infiniband) throws FabricException {
    requireNonNull(device, "device is null");
    String problem = problem(sysfs, device);
    if (problem.isEmpty() && infiniband) {
      problem = infinibandProblem(sysfs, device);
    }
    if (problem.isEmpty()) {
      return;
    }
    List<Device> devices = list(sysfs);
    throw new FabricException(
        "network device '"
            + device
            + "' "
            + problem
            + caseHint(device, devices)
            + "; devices found: "
            + devices.stream().map(Device::toString).collect(joining(", ")));
  }

  /**
   * Why the device cannot carry traffic now, as the rest of a sentence that begins with it; empty
   * where it can. Cheap enough to be asked each second; blocks for microseconds, and for some
   * milliseconds where /sys is of another namespace.
   */
  public static String problem(String device) {
    return problem(SYSFS, device);
  }

  /**
   * Whether /sys shows the devices of another network namespace than this process is in: what it
   * alone knows (link layer, adapter, counters) is then not known.
   */
  public static boolean isSysfsOfAnotherNamespace() {
    return isElsewhere(SYSFS);
  }

  private static boolean isElsewhere(Path sysfs) {
    try {
      return sysfs.equals(SYSFS) && KernelDevices.isElsewhere(sysfs);
    } catch (FabricException e) {
      // Without one of both there is nothing to compare.
      return false;
    }
  }

  private static String problem(Path sysfs, String device) {
    if (isElsewhere(sysfs)) {
      return kernelProblem(device);
    }
    Path directory = sysfs.resolve(device);
    if (!Files.isDirectory(directory)) {
      return "does not exist";
    }
    if (!isUp(directory)) {
      return "is down";
    }
    return addresses(device).isEmpty() ? "has no address" : "";
  }

  private static String kernelProblem(String device) {
    try {
      if (!KernelDevices.names().contains(device)) {
        return "does not exist";
      }
    } catch (FabricException e) {
      return "cannot be looked at (" + e.getMessage() + ")";
    }
    if (!KernelDevices.isUp(device)) {
      return "is down";
    }
    return addresses(device).isEmpty() ? "has no address" : "";
  }

  private static String infinibandProblem(Path sysfs, String device) throws FabricException {
    if (isElsewhere(sysfs)) {
      return "cannot be recognised as InfiniBand: /sys is of another network namespace; mount it"
          + " again in this one, as 'ip netns exec' does";
    }
    Path type = sysfs.resolve(device).resolve("type");
    try {
      int seen = Integer.decode(Files.readString(type).strip());
      return seen == ARPHRD_INFINIBAND
          ? ""
          : "has link layer "
              + linkLayer(seen)
              + " and not InfiniBand, which railfs.fabric.require-infiniband = true asks for";
    } catch (IOException | NumberFormatException e) {
      throw new FabricException("the link layer of '" + device + "' cannot be read: " + e, e);
    }
  }

  private static String linkLayer(int type) {
    return switch (type) {
      case ARPHRD_ETHER -> "Ethernet";
      case ARPHRD_LOOPBACK -> "loopback";
      default -> "of type " + type;
    };
  }

  /**
   * The device's number, which a device that was removed and made again does not keep; 0 where
   * there is none of this name.
   */
  public static int index(String device) {
    NetworkInterface found = find(device);
    return found == null ? 0 : found.getIndex();
  }

  /** The device's addresses now, link-local ones last; none where it is not there. */
  public static List<DeviceAddress> addresses(String device) {
    NetworkInterface found = find(device);
    return found == null
        ? List.of()
        : found.getInterfaceAddresses().stream()
            .map(a -> new DeviceAddress(a.getAddress(), Math.max(0, a.getNetworkPrefixLength())))
            .sorted(Comparator.comparing(a -> a.address().isLinkLocalAddress()))
            .toList();
  }

  /** The device's addresses now, in numbers, sorted as texts; none where it is not there. */
  public static List<String> numericAddresses(String device) {
    return addresses(device).stream().map(DeviceAddress::text).sorted().toList();
  }

  /** Whether one of the device's subnets holds the address. */
  public static boolean isInSubnet(String device, InetAddress address) {
    return addresses(device).stream().anyMatch(own -> own.isInSubnet(address));
  }

  /**
   * The address of the device that fits a peer best: in its subnet, of its family, IPv4, not
   * link-local; empty where the device has none.
   *
   * @param peer any address of the peer, or a wildcard
   */
  public static Optional<DeviceAddress> addressFor(String device, InetAddress peer) {
    return addresses(device).stream()
        .min(
            Comparator.comparing((DeviceAddress a) -> !a.isInSubnet(peer))
                .thenComparing(a -> !a.isOfFamily(peer))
                .thenComparing(a -> a.address().isLinkLocalAddress())
                .thenComparing(a -> a.address().getAddress().length));
  }

  private static NetworkInterface find(String device) {
    try {
      return NetworkInterface.getByName(device);
    } catch (SocketException e) {
      // It went away while it was looked at, which is to be read as that it is not there.
      return null;
    }
  }

  private static String caseHint(String device, List<Device> devices) {
    return devices.stream()
        .filter(d -> d.name().equalsIgnoreCase(device) && !d.name().equals(device))
        .findFirst()
        .map(d -> " (names are case-sensitive: did you mean '" + d.name() + "'?)")
        .orElse("");
  }

  private static List<Device> list(Path sysfs) throws FabricException {
    if (isElsewhere(sysfs)) {
      return KernelDevices.names().stream()
          .map(name -> new Device(name, KernelDevices.isUp(name), numericAddresses(name)))
          .toList();
    }
    return KernelDevices.directories(sysfs).stream().map(Devices::read).toList();
  }

  private static Device read(Path directory) {
    String name = String.valueOf(directory.getFileName());
    return new Device(name, isUp(directory), numericAddresses(name));
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
