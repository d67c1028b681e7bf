// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The checks that need nobody but this machine. */
final class LocalDoctor {
  private static final List<Check> CHECKS =
      List.of(
          new DriverCheck(),
          new DriverOriginCheck(),
          new AdapterCheck(),
          new StandbyCheck(),
          new PortRateCheck(),
          new PortErrorsCheck(),
          new FirmwareCheck(),
          new HardwareCheck(),
          new DeviceCheck(),
          new BootCheck(),
          new PartitionCheck(),
          new InterfaceCheck(),
          new SubnetCheck(),
          new NameCheck(),
          new ProcessorCheck(),
          new KernelCheck(),
          new FirewallCheck(),
          new ProcessCheck(),
          new RdmaCheck(),
          new PodCheck(),
          new PodFabricCheck(),
          new FuseCheck());

  private LocalDoctor() {}

  /** What the selected checks find, those of a group beside each other. */
  static List<Finding> look(MachineFacts machine, RequiredSetup wanted, Selection selection) {
    List<Finding> findings = new ArrayList<>();
    for (Check check : CHECKS) {
      if (check.ids().stream().anyMatch(selection::runs)) {
        findings.addAll(check.look(machine, wanted));
      }
    }
    List<String> groups = findings.stream().map(Finding::group).distinct().toList();
    findings.sort(Comparator.comparingInt(finding -> groups.indexOf(finding.group())));
    return findings;
  }
}
