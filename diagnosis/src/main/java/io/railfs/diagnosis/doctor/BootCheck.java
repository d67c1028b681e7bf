// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.NetDevice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Whether what works now is there after a reboot: the module of IPoIB, and addresses on it. */
final class BootCheck implements Check {
  private static final List<String> MODULES =
      List.of(
          "etc/modules",
          "etc/modules-load.d",
          "usr/lib/modules-load.d",
          "etc/rdma/modules",
          "etc/infiniband/openib.conf");

  private static final List<String> NETWORKS =
      List.of(
          "etc/systemd/network",
          "run/systemd/network",
          "etc/netplan",
          "etc/NetworkManager/system-connections",
          "run/NetworkManager/system-connections",
          "etc/sysconfig/network-scripts",
          "etc/network/interfaces",
          "etc/network/interfaces.d");

  private static final Pattern IPOIB = Pattern.compile("(?m)^\\s*(ib_ipoib\\b|IPOIB_LOAD=yes)");

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.BOOT_MODULES, CheckId.BOOT_ADDRESS);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<NetDevice> devices =
        machine.hardwareRails(wanted).stream().filter(NetDevice::isInfiniband).toList();
    // A pod is given both by its node, each time.
    if (devices.isEmpty() || Files.exists(machine.root().resolve(PodCheck.ANNOTATIONS))) {
      return List.of();
    }
    List<Finding> findings = new ArrayList<>();
    findings.add(modules(machine.root()));
    for (NetDevice device : devices) {
      if (!device.addresses().isEmpty()) {
        findings.add(address(machine.root(), device));
      }
    }
    return findings;
  }

  private static Finding modules(Path root) {
    Optional<Path> file = find(root, MODULES, IPOIB);
    return file.map(
            found -> Finding.ok("drivers", CheckId.BOOT_MODULES.text(), "ib_ipoib in /" + found))
        .orElseGet(
            () ->
                Finding.warning(
                    "drivers",
                    CheckId.BOOT_MODULES.text(),
                    "ib_ipoib is loaded, but no file loads it when the machine starts",
                    "run 'echo ib_ipoib > /etc/modules-load.d/railfs.conf'"));
  }

  private static Finding address(Path root, NetDevice device) {
    String name = Pattern.quote(device.name());
    // systemd-networkd and NetworkManager; netplan; ifupdown; ifcfg.
    Pattern named =
        Pattern.compile(
            "(?m)^\\s*((Name|interface-name|DEVICE)\\s*=\\s*\"?([^\\n]* )?%1$s\\b|%1$s:|iface\\s+%1$s\\s)"
                .formatted(name));
    String group = "device " + device.name();
    Optional<Path> file = find(root, NETWORKS, named);
    if (file.isPresent()) {
      return Finding.ok(group, CheckId.BOOT_ADDRESS.text(), "configured in /" + file.get());
    }
    Optional<Path> hidden = unreadable(root);
    if (hidden.isPresent()) {
      return Finding.ok(
          group,
          CheckId.BOOT_ADDRESS.text(),
          "not known: /" + hidden.get() + " can be read by root alone");
    }
    return Finding.warning(
        group,
        CheckId.BOOT_ADDRESS.text(),
        String.join(", ", device.addresses()) + ", but no file gives it after a reboot",
        "write it down for systemd-networkd, netplan or NetworkManager; with the last one: 'nmcli"
            + " connection add type infiniband ifname %1$s con-name %1$s ipv4.method manual"
                .formatted(device.name())
            + " ipv4.addresses %s/24'".formatted(device.addresses().get(0)));
  }

  /** The first of these files, or of those in these directories, that has such a line. */
  static Optional<Path> find(Path root, List<String> places, Pattern line) {
    return places.stream()
        .flatMap(place -> files(root.resolve(place)).stream())
        .filter(file -> holds(file, line))
        .map(root::relativize)
        .findFirst();
  }

  private static List<Path> files(Path place) {
    if (Files.isRegularFile(place)) {
      return List.of(place);
    }
    try (Stream<Path> entries = Files.list(place)) {
      return entries.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      // There is no such directory, or it is root's.
      return List.of();
    }
  }

  private static boolean holds(Path file, Pattern line) {
    try {
      return line.matcher(Files.readString(file, StandardCharsets.ISO_8859_1)).find();
    } catch (IOException e) {
      // It is root's; see unreadable.
      return false;
    }
  }

  private static Optional<Path> unreadable(Path root) {
    return NETWORKS.stream()
        .map(root::resolve)
        .flatMap(place -> Stream.concat(Stream.of(place), files(place).stream()))
        .filter(Files::exists)
        .filter(file -> !Files.isReadable(file))
        .map(root::relativize)
        .findFirst();
  }
}
