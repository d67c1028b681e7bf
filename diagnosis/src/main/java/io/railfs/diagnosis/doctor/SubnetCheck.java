// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static java.util.stream.Collectors.joining;

import io.railfs.fabric.DeviceAddress;
import io.railfs.fabric.Devices;
import java.io.IOException;
import java.net.Inet4Address;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Rails that share a subnet. As Linux is set up, either one answers ARP for both, and a strict
 * filter drops what comes in where the routing table would not send an answer
 * (Documentation/networking/ip-sysctl.rst: arp_ignore, arp_announce, rp_filter).
 */
final class SubnetCheck implements Check {
  private static final String GROUP = "rails";
  private static final int RP_FILTER_STRICT = 1;
  private static final int RP_FILTER_LOOSE = 2;
  private static final int ARP_IGNORE = 1;
  private static final int ARP_ANNOUNCE = 2;

  private static final List<String> SYSCTL_FILES =
      List.of(
          "etc/sysctl.conf", "etc/sysctl.d", "run/sysctl.d", "usr/lib/sysctl.d", "lib/sysctl.d");

  private final Function<String, List<DeviceAddress>> addresses;

  SubnetCheck() {
    this(Devices::addresses);
  }

  /**
   * @param addresses reports those of a device
   */
  SubnetCheck(Function<String, List<DeviceAddress>> addresses) {
    this.addresses = addresses;
  }

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.ONE_SUBNET, CheckId.BOOT_SYSCTL);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    Set<String> sharing = new LinkedHashSet<>();
    for (String device : wanted.devices()) {
      if (beside(device, wanted).isPresent()) {
        sharing.add(device);
      }
    }
    if (sharing.isEmpty()) {
      return List.of();
    }
    Finding now = finding(machine, sharing);
    return now.level() == Level.OK ? List.of(now, afterReboot(machine)) : List.of(now);
  }

  /** Another device of the conf with an IPv4 address in a subnet of this one. */
  Optional<String> beside(String device, RequiredSetup wanted) {
    return wanted.devices().stream()
        .filter(other -> !other.equals(device))
        .filter(other -> share(device, other))
        .findFirst();
  }

  private boolean share(String device, String other) {
    return ipv4(device).stream()
        .anyMatch(own -> ipv4(other).stream().anyMatch(its -> own.isInSubnet(its.address())));
  }

  private List<DeviceAddress> ipv4(String device) {
    return addresses.apply(device).stream()
        .filter(own -> own.address() instanceof Inet4Address)
        .toList();
  }

  private Finding finding(MachineFacts machine, Set<String> devices) {
    List<String> values = new ArrayList<>();
    boolean well = true;
    for (String device : devices) {
      int filter = inForce(machine.root(), device, "rp_filter");
      int ignore = inForce(machine.root(), device, "arp_ignore");
      int announce = inForce(machine.root(), device, "arp_announce");
      well &= filter != RP_FILTER_STRICT && ignore >= ARP_IGNORE && announce >= ARP_ANNOUNCE;
      values.add(
          "%s has rp_filter %d, arp_ignore %d, arp_announce %d"
              .formatted(device, filter, ignore, announce));
    }
    String where =
        devices.stream()
            .map(device -> device + " (" + ipv4(device).get(0).text() + ")")
            .collect(joining(", "));
    return Finding.of(
        well ? Level.OK : Level.WARNING,
        GROUP,
        "one-subnet",
        where + " are in one subnet; " + String.join("; ", values),
        ("give each rail a subnet of its own, or run 'sysctl -w net.ipv4.conf.all.rp_filter=%d"
                + " net.ipv4.conf.all.arp_ignore=%d net.ipv4.conf.all.arp_announce=%d' here and on"
                + " the workers (docs/INFINIBAND.md, \"Several rails\")")
            .formatted(RP_FILTER_LOOSE, ARP_IGNORE, ARP_ANNOUNCE));
  }

  /** Whether a file sets again what is well now. */
  private static Finding afterReboot(MachineFacts machine) {
    List<String> missing =
        Stream.of("arp_ignore", "arp_announce")
            .filter(
                name ->
                    BootCheck.find(
                            machine.root(),
                            SYSCTL_FILES,
                            Pattern.compile(
                                "(?m)^\\s*-?net[./]ipv4[./]conf[./][^=\\n]*[./]" + name + "\\s*="))
                        .isEmpty())
            .toList();
    return Finding.of(
        missing.isEmpty() ? Level.OK : Level.WARNING,
        GROUP,
        CheckId.BOOT_SYSCTL.text(),
        missing.isEmpty()
            ? "arp_ignore and arp_announce are set when the machine starts"
            : "no file sets " + String.join(", ", missing) + " when the machine starts",
        ("run 'printf \"net.ipv4.conf.all.%%s\\n\" rp_filter=%d arp_ignore=%d arp_announce=%d >"
                + " /etc/sysctl.d/90-railfs.conf'")
            .formatted(RP_FILTER_LOOSE, ARP_IGNORE, ARP_ANNOUNCE));
  }

  /** Of these settings the kernel takes the larger one of the device's and that of all. */
  private static int inForce(Path root, String device, String name) {
    return Math.max(value(root, "all", name), value(root, device, name));
  }

  private static int value(Path root, String device, String name) {
    Path file = root.resolve("proc/sys/net/ipv4/conf").resolve(device).resolve(name);
    try {
      return Integer.parseInt(Files.readString(file).strip());
    } catch (IOException | NumberFormatException e) {
      // Without the file the kernel has no such setting, which is as 0.
      return 0;
    }
  }
}
