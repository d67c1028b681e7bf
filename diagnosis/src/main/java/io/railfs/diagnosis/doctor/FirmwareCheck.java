// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.HcaPort;
import io.railfs.fabric.facts.KernelFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Firmware of each adapter; adapters of one board should run the same. */
final class FirmwareCheck implements Check {
  /**
   * An adapter.
   *
   * @param name such as mlx5_0
   * @param board PSID, as the firmware's files are chosen by
   */
  private record Adapter(String name, String firmware, String board, String chip) {}

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.FIRMWARE);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<Adapter> adapters = new ArrayList<>();
    for (String hca : machine.ports().stream().map(HcaPort::hca).distinct().toList()) {
      read(machine.root(), hca).ifPresent(adapters::add);
    }
    return adapters.stream().map(adapter -> finding(adapter, adapters)).toList();
  }

  private static Optional<Adapter> read(Path root, String hca) {
    Path directory = root.resolve("sys/class/infiniband").resolve(hca);
    return KernelFile.text(directory.resolve("fw_ver"))
        .map(
            firmware ->
                new Adapter(
                    hca,
                    firmware,
                    KernelFile.text(directory.resolve("board_id")).orElse(""),
                    KernelFile.text(directory.resolve("hca_type")).orElse("")));
  }

  private static Finding finding(Adapter adapter, List<Adapter> all) {
    String seen =
        String.join(
            ", ",
            List.of(adapter.firmware, adapter.chip, adapter.board).stream()
                .filter(text -> !text.isEmpty())
                .toList());
    Optional<Adapter> other =
        all.stream()
            .filter(one -> !one.board.isEmpty() && one.board.equals(adapter.board))
            .filter(one -> newer(one.firmware, adapter.firmware))
            .findFirst();
    return Finding.of(
        other.isPresent() ? Level.WARNING : Level.OK,
        "adapter " + adapter.name,
        CheckId.FIRMWARE.text(),
        seen
            + other
                .map(one -> "; %s, of the same board, has %s".formatted(one.name, one.firmware))
                .orElse(""),
        "run 'mlxfwmanager --online -u -d " + adapter.name + "', then restart the machine");
  }

  /** Compares numbers between points. */
  static boolean newer(String one, String other) {
    String[] a = one.split("\\D+", -1);
    String[] b = other.split("\\D+", -1);
    for (int i = 0; i < Math.min(a.length, b.length); i++) {
      int difference = number(a[i]) - number(b[i]);
      if (difference != 0) {
        return difference > 0;
      }
    }
    return false;
  }

  private static int number(String digits) {
    return digits.isEmpty() || digits.length() > 9 ? 0 : Integer.parseInt(digits);
  }
}
