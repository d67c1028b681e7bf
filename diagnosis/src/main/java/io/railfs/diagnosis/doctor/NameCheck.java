// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.railfs.fabric.facts.NetDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Whether the names in the conf mean the same interfaces after a reboot. A name that the kernel
 * counted (name_assign_type 1: ib0, eth1) depends on the order in which drivers find the hardware.
 */
final class NameCheck implements Check {
  private static final int COUNTED_BY_KERNEL = 1;
  private static final int IPOIB_ADDRESS_TEXT = 59;
  private static final List<String> RULES =
      List.of(
          "etc/udev/rules.d", "etc/systemd/network", "usr/lib/udev/rules.d", "run/udev/rules.d");

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.PERSISTENT_NAME);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<Finding> findings = new ArrayList<>();
    for (String name : wanted.devices()) {
      machine.device(name).ifPresent(device -> findings.add(finding(machine, device)));
    }
    return findings;
  }

  private static Finding finding(MachineFacts machine, NetDevice device) {
    String group = "device " + device.name();
    if (device.virtual()) {
      return Finding.ok(group, "persistent-name", "given by whoever made the device");
    }
    if (device.nameAssignType() != COUNTED_BY_KERNEL) {
      return Finding.ok(group, "persistent-name", "not counted by the kernel");
    }
    Optional<Path> rule = rule(machine.root(), device.name());
    if (rule.isPresent()) {
      return Finding.ok(group, "persistent-name", "a rule in /" + rule.get());
    }
    return Finding.warning(
        group,
        "persistent-name",
        "counted by the kernel: it may be another interface after a reboot",
        "put into /etc/udev/rules.d/70-railfs-net.rules: " + suggestion(device));
  }

  /** The file, below the root, that names the device. */
  private static Optional<Path> rule(Path root, String name) {
    Pattern naming =
        Pattern.compile("(?im)^[^#\\n]*\\bNAME:?=\"?" + Pattern.quote(name) + "\"?\\s*$");
    for (String directory : RULES) {
      try (Stream<Path> files = Files.list(root.resolve(directory))) {
        Optional<Path> found =
            files.sorted().filter(Files::isRegularFile).filter(f -> holds(f, naming)).findFirst();
        if (found.isPresent()) {
          return found.map(root::relativize);
        }
      } catch (IOException e) {
        // No such directory, so no rule in it.
      }
    }
    return Optional.empty();
  }

  private static boolean holds(Path file, Pattern naming) {
    try {
      return naming.matcher(Files.readString(file, UTF_8)).find();
    } catch (IOException e) {
      // A rule that cannot be read is none that can be shown.
      return false;
    }
  }

  /**
   * IPoIB addresses begin with a queue pair's number, which changes; the last 8 bytes are the
   * port's own.
   */
  private static String suggestion(NetDevice device) {
    String address = device.hardwareAddress();
    boolean ipoib = device.isInfiniband() && address.length() == IPOIB_ADDRESS_TEXT;
    String match = ipoib ? "?*" + address.substring(IPOIB_ADDRESS_TEXT - 23) : address;
    return "ACTION==\"add\", SUBSYSTEM==\"net\", DRIVERS==\"?*\", ATTR{type}==\"%d\", ATTR{address}==\"%s\", NAME=\"%s\""
        .formatted(device.type(), match, device.name());
  }
}
