// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.KernelFile;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Whether the drivers of one adapter come from one place: the kernel's own ones, or NVIDIA's
 * DOCA-OFED, whose modules /proc/modules marks as built outside the kernel's tree, "(OE)". A mix
 * loads, and then lacks symbols or devices.
 */
final class DriverOriginCheck implements Check {
  private static final List<String> STACK =
      List.of(
          "mlx5_core",
          "mlx5_ib",
          "mlx4_core",
          "mlx4_ib",
          "ib_core",
          "ib_uverbs",
          "ib_ipoib",
          "rdma_cm");

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.DRIVER_ORIGIN);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<String> lines =
        KernelFile.text(machine.root().resolve("proc/modules")).stream()
            .flatMap(String::lines)
            .filter(line -> STACK.contains(line.split(" ", 2)[0]))
            .toList();
    if (machine.ports().isEmpty() || lines.isEmpty()) {
      return List.of();
    }
    List<String> added = names(lines.stream().filter(DriverOriginCheck::isOutOfTree));
    List<String> inbox = names(lines.stream().filter(line -> !isOutOfTree(line)));
    String version =
        KernelFile.text(machine.root().resolve("sys/module/mlx5_core/version"))
            .map(text -> ", mlx5_core " + text)
            .orElse("");
    if (added.isEmpty() || inbox.isEmpty()) {
      String seen = added.isEmpty() ? "the kernel's own drivers" : "DOCA-OFED" + version;
      return List.of(Finding.ok("drivers", CheckId.DRIVER_ORIGIN.text(), seen));
    }
    return List.of(
        Finding.problem(
            "drivers",
            CheckId.DRIVER_ORIGIN.text(),
            "%s from DOCA-OFED%s beside the kernel's own %s"
                .formatted(String.join(", ", added), version, String.join(", ", inbox)),
            "rebuild the initramfs ('update-initramfs -u -k all' or 'dracut -f --regenerate-all')"
                + " and restart the machine, so that all come from one place"));
  }

  private static boolean isOutOfTree(String line) {
    int taint = line.lastIndexOf('(');
    return taint > 0 && line.substring(taint).contains("O");
  }

  private static List<String> names(Stream<String> lines) {
    return lines.map(line -> line.split(" ", 2)[0]).sorted().toList();
  }
}
