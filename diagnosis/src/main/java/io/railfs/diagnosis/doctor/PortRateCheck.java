// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.HcaPort;
import io.railfs.fabric.facts.KernelFile;
import io.railfs.fabric.facts.LinkRate;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Width and speed of each port that is active: against what it and its neighbour on the cable can
 * do, and against the other ports of the same model. A bad cable trains to fewer lanes or a lower
 * speed and works.
 */
final class PortRateCheck implements Check {
  /** What a lane is called in gigabits differs with the coding; a generation is at least 1.4. */
  private static final double CODING = 1.3;

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.PORT_RATE);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<Finding> findings = new ArrayList<>();
    for (HcaPort port : machine.ports()) {
      Optional<LinkRate> rate = LinkRate.of(port.rate());
      if (port.isActive() && rate.isPresent()) {
        findings.add(finding(machine, port, rate.get()));
      }
    }
    return findings;
  }

  private static Finding finding(MachineFacts machine, HcaPort port, LinkRate rate) {
    Optional<PortCapabilities> able =
        machine.isRoot() && port.isInfiniband()
            ? PortCapabilities.of(machine.root(), port)
            : Optional.empty();
    Optional<HcaPort> faster = faster(machine, port, rate);
    String trouble = "";
    String seen = port.rate();
    if (able.isPresent()) {
      seen += able.get().text();
      trouble = able.get().missing(rate, CODING);
    }
    if (trouble.isEmpty() && rate.lanes() == 1) {
      trouble = ", a single lane of the cable";
    }
    if (trouble.isEmpty() && faster.isPresent()) {
      trouble =
          ", while %s, of the same model, runs at %s"
              .formatted(faster.get().name(), faster.get().rate());
    }
    return Finding.of(
            trouble.isEmpty() ? Level.OK : Level.WARNING,
            "adapter " + port.name(),
            CheckId.PORT_RATE.text(),
            seen + trouble,
            "reseat or replace the cable, then train the link again: 'ibportstate -C %s -D 0 %d reset'"
                .formatted(port.hca(), port.number()))
        .with(Map.of("gigabits_per_second", rate.gigabits(), "lanes", rate.lanes()));
  }

  private static Optional<HcaPort> faster(MachineFacts machine, HcaPort port, LinkRate rate) {
    String model = model(machine.root(), port);
    return machine.ports().stream()
        .filter(HcaPort::isActive)
        .filter(other -> !other.equals(port))
        .filter(other -> other.linkLayer().equals(port.linkLayer()))
        .filter(other -> model(machine.root(), other).equals(model))
        .filter(other -> MachineFacts.portGigabits(other) > rate.gigabits())
        .max(Comparator.comparingDouble(MachineFacts::portGigabits));
  }

  /** Board and chip; ports of one adapter always have the same. */
  private static String model(Path root, HcaPort port) {
    Path adapter = root.resolve("sys/class/infiniband").resolve(port.hca());
    return KernelFile.text(adapter.resolve("board_id")).orElse("")
        + " "
        + KernelFile.text(adapter.resolve("hca_type")).orElse(port.hca());
  }
}
