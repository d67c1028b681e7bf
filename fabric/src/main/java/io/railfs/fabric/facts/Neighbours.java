// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import java.nio.file.Path;
import java.util.List;

/**
 * Which machines of the same subnets have answered ARP, from /proc/net/arp.
 *
 * @param entries one for each address that somebody has asked for lately
 */
public record Neighbours(List<Entry> entries) {
  private static final int COMPLETE = 2;
  private static final int COLUMNS = 6;

  /**
   * An address.
   *
   * @param address IPv4, in numbers
   * @param device over which it was asked for
   * @param answered whether somebody has it
   */
  public record Entry(String address, String device, boolean answered) {}

  public Neighbours {
    entries = List.copyOf(entries);
  }

  /** None where the file is not there. */
  public static Neighbours of(Path root) {
    return new Neighbours(
        KernelFile.text(root.resolve("proc/net/arp"))
            .orElse("")
            .lines()
            .skip(1)
            .map(line -> line.strip().split("\\s+", -1))
            .filter(columns -> columns.length >= COLUMNS)
            .map(
                columns ->
                    new Entry(columns[0], columns[5], (Long.decode(columns[2]) & COMPLETE) != 0))
            .toList());
  }

  /**
   * Whether the address was asked for and nobody has answered.
   *
   * @param device empty for any
   */
  public boolean isSilent(String address, String device) {
    List<Entry> asked =
        entries.stream()
            .filter(entry -> entry.address().equals(address))
            .filter(entry -> device.isEmpty() || entry.device().equals(device))
            .toList();
    return !asked.isEmpty() && asked.stream().noneMatch(Entry::answered);
  }
}
