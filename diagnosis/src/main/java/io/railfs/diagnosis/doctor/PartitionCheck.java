// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.HcaPort;
import io.railfs.fabric.facts.KernelFile;
import io.railfs.fabric.facts.NetDevice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Whether the partition of each IPoIB interface is one of its port's, and as a full member: limited
 * members do not reach each other (the highest bit of a P_Key).
 */
final class PartitionCheck implements Check {
  private static final int FULL = 0x8000;
  private static final int PARTITION = 0x7fff;

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.PKEY);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<Finding> findings = new ArrayList<>();
    for (NetDevice device : machine.devices()) {
      Optional<HcaPort> port = machine.port(device);
      OptionalLong pkey =
          KernelFile.number(
              machine.root().resolve("sys/class/net").resolve(device.name()).resolve("pkey"));
      if (device.isInfiniband() && port.isPresent() && pkey.isPresent()) {
        List<Long> table = table(machine.root(), port.get());
        if (!table.isEmpty()) {
          Level bad = wanted.devices().contains(device.name()) ? Level.PROBLEM : Level.WARNING;
          findings.add(finding(device, port.get(), pkey.getAsLong(), table, bad));
        }
      }
    }
    return findings;
  }

  private static List<Long> table(Path root, HcaPort port) {
    Path keys =
        root.resolve("sys/class/infiniband")
            .resolve(port.hca())
            .resolve("ports/" + port.number() + "/pkeys");
    return KernelFile.entries(keys).stream()
        .map(KernelFile::numberOrZero)
        .filter(key -> (key & PARTITION) != 0)
        .distinct()
        .toList();
  }

  private static Finding finding(
      NetDevice device, HcaPort port, long pkey, List<Long> table, Level bad) {
    String group = "device " + device.name();
    String check = CheckId.PKEY.text();
    String names = String.join(", ", table.stream().map(PartitionCheck::text).toList());
    List<Long> same =
        table.stream().filter(key -> (key & PARTITION) == (pkey & PARTITION)).toList();
    if (same.isEmpty()) {
      return Finding.of(
          bad,
          group,
          check,
          "%s is not in the table of %s (%s)".formatted(text(pkey), port.name(), names),
          "add the port to the partition in opensm's partitions.conf, then 'pkill -HUP opensm' on"
              + " the node of the subnet manager");
    }
    if (same.stream().noneMatch(key -> (key & FULL) != 0)) {
      return Finding.warning(
          group,
          check,
          "%s, of which %s is a limited member: limited members do not reach each other"
              .formatted(text(pkey | FULL), port.name()),
          "make the ports of RailFS full members (GUID=full in opensm's partitions.conf), then"
              + " 'pkill -HUP opensm' on the node of the subnet manager");
    }
    return Finding.ok(group, check, text(pkey | FULL) + ", full member; the port has " + names);
  }

  private static String text(long key) {
    return "0x%04x".formatted(key);
  }
}
