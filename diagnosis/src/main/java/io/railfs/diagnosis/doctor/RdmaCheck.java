// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.RdmaReadiness;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Whether the devices of data connections could carry RDMA: looked at where there is an adapter, or
 * the conf names that transport. Whether they do is for the check of the transport.
 */
final class RdmaCheck implements Check {
  private static final String GROUP = "rdma";
  private static final String ID = CheckId.RDMA_READINESS.text();

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.RDMA_READINESS);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<Finding> findings = new ArrayList<>();
    for (String device : wanted.rails()) {
      boolean asked = wanted.namesRdma() || !machine.ports().isEmpty();
      if (asked && machine.device(device).isPresent()) {
        findings.add(
            RdmaReadiness.of(machine.root())
                .problem(device, wanted.rdmaMemory())
                .map(reason -> cannot(device + " cannot: " + reason, wanted.namesRdma()))
                .orElse(Finding.ok(GROUP, ID, device + " can")));
      }
    }
    return findings;
  }

  private static Finding cannot(String text, boolean named) {
    return named
        ? Finding.warning(
            GROUP,
            ID,
            text,
            "see RDMA in docs/INFINIBAND.md, or set railfs.client.data.transport = auto")
        : Finding.ok(GROUP, ID, text);
  }
}
