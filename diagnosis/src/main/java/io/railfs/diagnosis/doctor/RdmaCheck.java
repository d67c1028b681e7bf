// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.RdmaReadiness;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whether the devices of data connections could carry RDMA. Whether they do, and whether it is a
 * problem that they do not, is for the check of the transport.
 */
final class RdmaCheck implements Check {
  private static final String GROUP = "rdma";

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.RDMA_READINESS);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<Finding> findings = new ArrayList<>();
    for (String device : wanted.rails()) {
      if (!machine.ports().isEmpty() && machine.device(device).isPresent()) {
        Optional<String> problem =
            RdmaReadiness.of(machine.root()).problem(device, wanted.rdmaMemory());
        findings.add(
            Finding.ok(
                GROUP,
                CheckId.RDMA_READINESS.text(),
                problem.map(reason -> device + " cannot: " + reason).orElse(device + " can")));
      }
    }
    return findings;
  }
}
