// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.HcaPort;
import io.railfs.fabric.facts.PciAdapters;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Whether the kernel has the drivers of the adapters, and of IP over InfiniBand. */
final class DriverCheck implements Check {
  private static final String GROUP = "drivers";
  private static final String NAME = "modules";

  /** Beginning of the RDMA device's name, and its driver. */
  private static final Map<String, String> DRIVERS =
      Map.of("mlx5", "mlx5_ib", "mlx4", "mlx4_ib", "hfi1", "hfi1", "ocrdma", "ocrdma");

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.MODULES);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    if (machine.ports().isEmpty()) {
      return List.of(withoutAdapter(machine, wanted));
    }
    Set<String> needed = new LinkedHashSet<>(List.of("ib_core"));
    if (machine.hasInfinibandPort()) {
      needed.add("ib_ipoib");
    }
    for (HcaPort port : machine.ports()) {
      DRIVERS.forEach(
          (prefix, driver) -> {
            if (port.hca().startsWith(prefix)) {
              needed.add(driver);
            }
          });
    }
    List<String> missing = needed.stream().filter(name -> !machine.modules().has(name)).toList();
    if (missing.isEmpty()) {
      return List.of(Finding.ok(GROUP, NAME, String.join(", ", needed) + " loaded"));
    }
    String names = String.join(" ", missing);
    // An adapter is at work, so its own driver is there under another name; without IPoIB no IP.
    Level level =
        missing.contains("ib_ipoib") && wanted.needsInfiniband(machine)
            ? Level.PROBLEM
            : Level.WARNING;
    return List.of(
        Finding.of(
            level,
            GROUP,
            NAME,
            names + " not loaded",
            "run 'modprobe -a " + names + "' and name them in /etc/modules-load.d/railfs.conf"));
  }

  private static Finding withoutAdapter(MachineFacts machine, RequiredSetup wanted) {
    Level level = wanted.needsInfiniband(machine) ? Level.PROBLEM : Level.WARNING;
    List<String> onBus = PciAdapters.infiniband(machine.root());
    if (!onBus.isEmpty()) {
      return Finding.of(
          level,
          GROUP,
          NAME,
          "InfiniBand adapter at PCI " + String.join(", ", onBus) + ", but no driver has taken it",
          "run 'modprobe -a mlx5_ib ib_ipoib' (mlx4_ib for ConnectX-3) and look into dmesg");
    }
    if (machine.modules().has("mlx5_core") && !machine.modules().has("mlx5_ib")) {
      return Finding.of(
          level,
          GROUP,
          NAME,
          "mlx5_core is loaded, mlx5_ib is not",
          "run 'modprobe -a mlx5_ib ib_ipoib' to use the adapter's InfiniBand side");
    }
    if (level == Level.PROBLEM) {
      return Finding.problem(
          GROUP,
          NAME,
          "no InfiniBand adapter, but the conf asks for one",
          "install the adapter's driver (rdma-core, or NVIDIA DOCA-OFED), or correct bind.device"
              + " and railfs.fabric.require-infiniband");
    }
    return Finding.ok(GROUP, NAME, "no InfiniBand adapter; none is asked for");
  }
}
