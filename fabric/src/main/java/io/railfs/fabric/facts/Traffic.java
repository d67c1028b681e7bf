// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Bytes through an interface as the kernel counts them, link headers included.
 *
 * @param received bytes
 * @param sent bytes
 */
public record Traffic(long received, long sent) {
  static Traffic of(Path device) {
    return new Traffic(
        KernelFile.numberOrZero(device.resolve("statistics/rx_bytes")),
        KernelFile.numberOrZero(device.resolve("statistics/tx_bytes")));
  }

  /** The counters of every interface of a machine, by name. */
  public static Map<String, Traffic> all(Path root) {
    Map<String, Traffic> all = new LinkedHashMap<>();
    for (Path device : KernelFile.entries(root.resolve("sys/class/net"))) {
      all.put(KernelFile.name(device), of(device));
    }
    return all;
  }

  /** What moved since an earlier reading. */
  public Traffic since(Traffic earlier) {
    return new Traffic(Math.max(0, received - earlier.received), Math.max(0, sent - earlier.sent));
  }
}
