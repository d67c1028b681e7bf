// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Whether a rule of this machine's own firewall names a port of RailFS and drops its packets. */
final class FirewallCheck implements Check {
  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.FIREWALL);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    if (!machine.isRoot()) {
      return List.of();
    }
    return FirewallRules.of(machine.root())
        .map(rules -> List.of(finding(rules, wanted)))
        .orElse(List.of());
  }

  private static Finding finding(FirewallRules rules, RequiredSetup wanted) {
    for (int port : wanted.ports()) {
      Optional<FirewallRules.Rule> rule = rules.against(port);
      if (rule.isPresent()) {
        return Finding.problem(
            "kernel",
            CheckId.FIREWALL.text(),
            "a rule drops packets of port %d: %s".formatted(port, rule.get().text()),
            "run '" + rule.get().removal() + "', and take it out of the firewall's own files");
      }
    }
    String ports = String.join(", ", wanted.ports().stream().map(String::valueOf).toList());
    return Finding.ok(
        "kernel",
        CheckId.FIREWALL.text(),
        rules.size() == 0
            ? "no rules"
            : "none of %d rules drops the ports %s by number".formatted(rules.size(), ports));
  }
}
