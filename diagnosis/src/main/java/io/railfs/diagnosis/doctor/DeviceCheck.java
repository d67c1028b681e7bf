// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.HcaPort;
import io.railfs.fabric.facts.NetDevice;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The interfaces that the conf names, and every one of InfiniBand: link, layer, MTU, address. */
final class DeviceCheck implements Check {
  @Override
  public Set<CheckId> ids() {
    return Set.of(
        CheckId.LINK, CheckId.LINK_LAYER, CheckId.IPOIB_MTU, CheckId.MTU, CheckId.ADDRESS);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<Finding> findings = new ArrayList<>();
    for (String name : names(machine, wanted)) {
      boolean named = wanted.devices().contains(name);
      String group = "device " + name;
      Optional<NetDevice> found = machine.device(name);
      if (found.isEmpty()) {
        findings.add(missing(group, name, machine));
        continue;
      }
      NetDevice device = found.get();
      Level otherwise = named ? Level.PROBLEM : Level.WARNING;
      findings.add(link(group, device, machine.port(device), otherwise));
      findings.add(linkLayer(group, device, machine, named && wanted.requireInfiniband()));
      findings.add(device.isInfiniband() ? IpoibMtu.finding(group, device) : mtu(group, device));
      findings.add(address(group, device, otherwise));
    }
    return findings;
  }

  private static Set<String> names(MachineFacts machine, RequiredSetup wanted) {
    Set<String> names = new LinkedHashSet<>(wanted.devices());
    for (NetDevice device : machine.devices()) {
      if (device.isInfiniband() || device.hca().isPresent()) {
        names.add(device.name());
      }
    }
    return names;
  }

  private static Finding missing(String group, String name, MachineFacts machine) {
    String hint =
        machine.devices().stream()
            .filter(device -> device.name().equalsIgnoreCase(name))
            .map(device -> " (names are case-sensitive: '" + device.name() + "' exists)")
            .findFirst()
            .orElse("");
    return Finding.problem(
        group,
        "link",
        "does not exist" + hint + "; devices found: " + machine.deviceList(),
        "correct bind.device in the conf; for an InfiniBand port load ib_ipoib");
  }

  private static Finding link(
      String group, NetDevice device, Optional<HcaPort> port, Level otherwise) {
    if (device.isRunning()) {
      return Finding.ok(group, "link", "up");
    }
    return device.up()
        ? Finding.of(
            otherwise,
            group,
            "link",
            "up, but without a carrier (" + device.operstate() + ")",
            carrierAdvice(device, port))
        : Finding.of(
            otherwise, group, "link", "down", "run 'ip link set " + device.name() + " up'");
  }

  private static String carrierAdvice(NetDevice device, Optional<HcaPort> port) {
    boolean managed =
        port.filter(one -> one.isInfiniband() && one.isActive() && one.hasSubnetManager())
            .isPresent();
    return device.isInfiniband() && managed
        ? "the port is ACTIVE, so IPoIB could not join its broadcast group: 'dmesg | grep multicast'"
            + " shows it; the partition needs 'ipoib' and a rate and mtu that this port has, in"
            + " opensm's partitions.conf"
        : "check the cable and, for InfiniBand, the adapter's port state and subnet manager";
  }

  private static Finding linkLayer(
      String group, NetDevice device, MachineFacts machine, boolean mustBeInfiniband) {
    if (device.isInfiniband()) {
      return Finding.ok(group, "link-layer", "InfiniBand (IPoIB" + behind(device, machine) + ")");
    }
    String seen =
        device.isLoopback()
            ? "loopback"
            : device.virtual()
                ? "Ethernet without hardware of its own"
                : device.hca().isPresent()
                    ? "Ethernet (a plain fast NIC" + behind(device, machine) + ")"
                    : "Ethernet";
    return Finding.of(
        mustBeInfiniband ? Level.PROBLEM : Level.OK,
        group,
        "link-layer",
        seen + ", not InfiniBand",
        "railfs.fabric.require-infiniband is set: name an InfiniBand device in bind.device, or"
            + " remove the setting");
  }

  private static String behind(NetDevice device, MachineFacts machine) {
    return machine.port(device).map(HcaPort::name).map(name -> " over " + name).orElse("");
  }

  private static Finding mtu(String group, NetDevice device) {
    return Finding.ok(group, "mtu", device.mtu() + " bytes");
  }

  private static Finding address(String group, NetDevice device, Level otherwise) {
    if (!device.addresses().isEmpty()) {
      return Finding.ok(group, "address", String.join(", ", device.addresses()));
    }
    return Finding.of(
        otherwise,
        group,
        "address",
        "none",
        "give it one: 'ip addr add 10.x.y.z/24 dev "
            + device.name()
            + "', to last with systemd-networkd, netplan or NetworkManager (docs/INFINIBAND.md)");
  }
}
