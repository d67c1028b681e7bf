// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Counters of errors and congestion of a port of an RDMA adapter, in
 * /sys/class/infiniband/HCA/ports/N/counters (the kernel's
 * Documentation/ABI/stable/sysfs-class-infiniband). Some stop at their maximum; all are cleared by
 * 'perfquery -R' and a reboot.
 *
 * @param values by name; without those that the driver does not count
 */
public record PortCounters(Map<String, Long> values) {
  /** Ticks in which the port had something to send and was not allowed to: congestion. */
  public static final String WAIT = "port_xmit_wait";

  /** Packets that the port has sent. */
  public static final String SENT = "port_xmit_packets";

  private static final List<String> ERRORS =
      List.of(
          "symbol_error",
          "link_error_recovery",
          "link_downed",
          "port_rcv_errors",
          "port_rcv_remote_physical_errors",
          "port_rcv_switch_relay_errors",
          "port_rcv_constraint_errors",
          "port_xmit_constraint_errors",
          "port_xmit_discards",
          "local_link_integrity_errors",
          "excessive_buffer_overrun_errors",
          "VL15_dropped");

  public PortCounters {
    values = Map.copyOf(values);
  }

  /** Reads those of a port. */
  public static PortCounters of(Path root, HcaPort port) {
    Path directory =
        root.resolve("sys/class/infiniband")
            .resolve(port.hca())
            .resolve("ports/" + port.number() + "/counters");
    Map<String, Long> values = new LinkedHashMap<>();
    for (String name : ERRORS) {
      KernelFile.number(directory.resolve(name)).ifPresent(value -> values.put(name, value));
    }
    for (String name : List.of(WAIT, SENT)) {
      KernelFile.number(directory.resolve(name)).ifPresent(value -> values.put(name, value));
    }
    return new PortCounters(values);
  }

  /** The errors that are not 0, in the order of how a person reads them. */
  public Map<String, Long> errors() {
    Map<String, Long> errors = new LinkedHashMap<>();
    for (String name : ERRORS) {
      long value = get(name);
      if (value > 0) {
        errors.put(name, value);
      }
    }
    return errors;
  }

  /** A counter; 0 where the driver has none of this name. */
  public long get(String name) {
    return values.getOrDefault(name, 0L);
  }

  /** What was counted since an earlier reading. */
  public PortCounters since(PortCounters earlier) {
    Map<String, Long> grown = new LinkedHashMap<>();
    values.forEach((name, now) -> grown.put(name, Math.max(0, now - earlier.get(name))));
    return new PortCounters(grown);
  }
}
