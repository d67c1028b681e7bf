// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.HcaPort;
import io.railfs.fabric.facts.NetDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** State, link layer and subnet manager of each port of each RDMA adapter. */
final class AdapterCheck implements Check {
  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.PORT_STATE, CheckId.LINK_LAYER, CheckId.SUBNET_MANAGER);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<Finding> findings = new ArrayList<>();
    for (HcaPort port : machine.ports()) {
      String group = "adapter " + port.name();
      boolean used =
          machine.devices(port).stream().map(NetDevice::name).anyMatch(wanted.devices()::contains);
      findings.add(state(group, port, level(machine, wanted, used)));
      findings.add(linkLayer(group, port, used && wanted.requireInfiniband()));
      // Without a cable there is nobody to manage the port.
      if (port.isInfiniband() && port.physicalState().equals("LinkUp")) {
        findings.add(subnetManager(group, port, level(machine, wanted, used)));
      }
    }
    return findings;
  }

  /** How bad it is that a port does not work. A second port without a cable is no defect. */
  private static Level level(MachineFacts machine, RequiredSetup wanted, boolean used) {
    boolean anotherWorks =
        machine.ports().stream().anyMatch(port -> port.isActive() && isConfigured(port));
    if (used || (wanted.requireInfiniband() && !anotherWorks)) {
      return Level.PROBLEM;
    }
    return anotherWorks ? Level.OK : Level.WARNING;
  }

  private static boolean isConfigured(HcaPort port) {
    return !port.isInfiniband() || port.hasSubnetManager();
  }

  private static Finding state(String group, HcaPort port, Level otherwise) {
    String seen = port.state() + ", " + port.physicalState() + ", " + port.rate();
    if (port.isActive()) {
      return Finding.ok(group, "port-state", seen);
    }
    String unused = otherwise == Level.OK ? "; nothing configured uses it" : "";
    return Finding.of(otherwise, group, "port-state", seen + unused, stateAdvice(port));
  }

  private static String stateAdvice(HcaPort port) {
    return switch (port.physicalState()) {
      case "Polling" ->
          "no peer on the cable: check cable, switch port and that the other end is powered";
      case "Disabled" -> "enable the port, with 'ibportstate' or 'mlxconfig'/'mlxlink'";
      case "LinkUp" ->
          "the cable is well, but no subnet manager has activated the port: start opensm on one"
              + " node or switch of the fabric";
      default -> "look with 'ibstat' and 'dmesg' why the port is not ACTIVE";
    };
  }

  private static Finding linkLayer(String group, HcaPort port, boolean mustBeInfiniband) {
    if (port.isInfiniband()) {
      return Finding.ok(group, "link-layer", "InfiniBand");
    }
    Set<String> gidTypes = port.gidTypes();
    String types = gidTypes.isEmpty() ? "" : " (" + String.join(", ", gidTypes) + ")";
    String seen = port.linkLayer() + types + ": a plain fast NIC for RailFS, which speaks TCP";
    return Finding.of(
        mustBeInfiniband ? Level.PROBLEM : Level.OK,
        group,
        "link-layer",
        seen,
        "railfs.fabric.require-infiniband is set: turn the port to InfiniBand (mlxconfig"
            + " LINK_TYPE_P"
            + port.number()
            + "=1, then a reboot) or remove the setting");
  }

  private static Finding subnetManager(String group, HcaPort port, Level otherwise) {
    if (port.hasSubnetManager()) {
      return Finding.ok(group, "subnet-manager", "at LID " + port.smLid());
    }
    return Finding.of(
        otherwise,
        group,
        "subnet-manager",
        "none (sm_lid is 0)",
        "start opensm on one node of the fabric ('apt install opensm' or 'dnf install opensm', then"
            + " 'systemctl enable --now opensm'), or the one of the switch; 'sminfo' finds it");
  }
}
