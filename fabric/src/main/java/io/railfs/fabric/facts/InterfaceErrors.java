// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Packets that an interface has lost, as the kernel counts them, and those that came.
 *
 * @param lost by the name of the counter in /sys/class/net/NAME/statistics
 * @param received packets
 */
public record InterfaceErrors(Map<String, Long> lost, long received) {
  private static final List<String> NAMES =
      List.of(
          "rx_errors",
          "rx_dropped",
          "rx_missed_errors",
          "rx_fifo_errors",
          "rx_crc_errors",
          "tx_errors",
          "tx_dropped",
          "tx_carrier_errors");

  public InterfaceErrors {
    lost = Map.copyOf(lost);
  }

  /** Those of an interface; nothing where it is not there. */
  public static InterfaceErrors of(Path root, String device) {
    Path directory = root.resolve("sys/class/net").resolve(device).resolve("statistics");
    Map<String, Long> lost = new LinkedHashMap<>();
    for (String name : NAMES) {
      lost.put(name, KernelFile.numberOrZero(directory.resolve(name)));
    }
    return new InterfaceErrors(lost, KernelFile.numberOrZero(directory.resolve("rx_packets")));
  }

  /** What was counted since an earlier reading, those that are 0 left out. */
  public InterfaceErrors since(InterfaceErrors earlier) {
    Map<String, Long> grown = new LinkedHashMap<>();
    for (String name : NAMES) {
      long more = lost.getOrDefault(name, 0L) - earlier.lost.getOrDefault(name, 0L);
      if (more > 0) {
        grown.put(name, more);
      }
    }
    return new InterfaceErrors(grown, Math.max(0, received - earlier.received));
  }

  /** Of all kinds together. */
  public long total() {
    return lost.values().stream().mapToLong(Long::longValue).sum();
  }
}
