// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.HcaPort;
import io.railfs.fabric.facts.KernelFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Whether a second subnet manager stands by in the fabric of each port: ports that run one say so
 * in their capabilities, by which the first one answers 'saquery -s'.
 */
final class StandbyCheck implements Check {
  private static final Pattern PORT = Pattern.compile("(?m)^PortInfoRecord dump:");

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.STANDBY_SUBNET_MANAGER);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<Finding> findings = new ArrayList<>();
    for (HcaPort port : machine.ports()) {
      if (machine.isRoot() && port.isInfiniband() && port.isActive() && port.hasSubnetManager()) {
        long managers = managers(machine, port);
        if (managers > 0) {
          findings.add(finding(machine, port, managers));
        }
      }
    }
    return findings;
  }

  private static long managers(MachineFacts machine, HcaPort port) {
    Optional<String> output =
        SystemProgram.output(
            machine.root(), "saquery", "-C", port.hca(), "-P", String.valueOf(port.number()), "-s");
    return output.map(text -> PORT.matcher(text).results().count()).orElse(0L);
  }

  private static Finding finding(MachineFacts machine, HcaPort port, long managers) {
    long own =
        KernelFile.numberOrZero(
            machine
                .root()
                .resolve("sys/class/infiniband")
                .resolve(port.hca())
                .resolve("ports/" + port.number() + "/lid"));
    String where = own == port.smLid() ? "this port" : "LID " + port.smLid();
    return Finding.of(
        managers > 1 ? Level.OK : Level.WARNING,
        "adapter " + port.name(),
        CheckId.STANDBY_SUBNET_MANAGER.text(),
        managers > 1
            ? "%d managers, the one at %s is in charge".formatted(managers, where)
            : "none: the one at " + where + " is the only manager of the fabric",
        "run 'systemctl enable --now opensm' on a second node, which stands by until the first one"
            + " is gone");
  }
}
