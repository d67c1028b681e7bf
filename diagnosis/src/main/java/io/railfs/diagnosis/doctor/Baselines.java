// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What a rail carried, against what its port runs at. */
final class Baselines {
  /**
   * TCP over IPoIB reaches a part of a fast port's rate only, which differs with mode, MTU and
   * processors; below a tenth something is wrong.
   */
  private static final double LITTLE = 0.1;

  private Baselines() {}

  /**
   * Judges.
   *
   * @param seen what was measured, a phrase
   * @param port gigabits a second; empty where no hardware carries the rail
   * @param numbers of the measurement
   */
  static Finding judge(
      String group,
      String seen,
      double bytesPerSecond,
      Optional<Double> port,
      Map<String, Object> numbers) {
    String check = CheckId.BASELINE.text();
    if (port.isEmpty()) {
      return Finding.ok(group, check, seen).with(numbers);
    }
    double share = bytesPerSecond * 8 / (port.get() * 1e9);
    Map<String, Object> all = new LinkedHashMap<>(numbers);
    all.put("port_gigabits_per_second", port.get());
    all.put("share_of_port", share);
    return Finding.of(
            share < LITTLE ? Level.WARNING : Level.OK,
            group,
            check,
            "%s: %.0f %% of the port's %.0f Gb/s".formatted(seen, 100 * share, port.get()),
            "run 'railfs bench net --connections 16': where that is much faster, raise"
                + " railfs.client.data.connections; else look at 'pcie-link', 'ipoib-mtu',"
                + " 'irq-affinity', 'numa-node' and 'cpu-governor' here and on the worker")
        .with(all);
  }
}
