// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static java.util.stream.Collectors.joining;

import io.railfs.fabric.facts.HcaPort;
import io.railfs.fabric.facts.PortCounters;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The error counters of each active port since they were cleared. Some errors are ordinary (a cable
 * that was plugged, a switch that was restarted), so there is a threshold as ibqueryerrors has it;
 * what grows while bytes move is judged by {@link ErrorGrowth}.
 */
final class PortErrorsCheck implements Check {
  /** As the file error_thresholds of infiniband-diags has them; 10 for all others. */
  private static final Map<String, Long> THRESHOLDS =
      Map.of(
          "port_rcv_remote_physical_errors", 100L,
          "port_rcv_switch_relay_errors", 100L,
          "port_xmit_discards", 100L,
          "port_rcv_constraint_errors", 100L,
          "port_xmit_constraint_errors", 100L,
          "VL15_dropped", 100L);

  private static final long THRESHOLD = 10;

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.PORT_ERRORS);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<Finding> findings = new ArrayList<>();
    for (HcaPort port : machine.ports()) {
      PortCounters counters = PortCounters.of(machine.root(), port);
      // Ethernet has none of them.
      if (port.isActive() && counters.values().containsKey("symbol_error")) {
        findings.add(finding(port, counters));
      }
    }
    return findings;
  }

  private static Finding finding(HcaPort port, PortCounters counters) {
    Map<String, Long> errors = counters.errors();
    Map<String, Long> many = new LinkedHashMap<>(errors);
    many.entrySet().removeIf(e -> e.getValue() <= THRESHOLDS.getOrDefault(e.getKey(), THRESHOLD));
    String seen = errors.isEmpty() ? "none" : text(errors) + " since they were cleared";
    if (counters.get(PortCounters.WAIT) > 0) {
      seen += "; port_xmit_wait " + counters.get(PortCounters.WAIT) + " (congestion)";
    }
    return Finding.of(
            many.isEmpty() ? Level.OK : Level.WARNING,
            "adapter " + port.name(),
            CheckId.PORT_ERRORS.text(),
            seen,
            "run 'perfquery -C %s -P %d -R' to clear them and look again under load; what grows is a"
                    .formatted(port.hca(), port.number())
                + " cable or a port to replace")
        .with(Map.copyOf(counters.values()));
  }

  static String text(Map<String, Long> counts) {
    return counts.entrySet().stream()
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .collect(joining(", "));
  }
}
