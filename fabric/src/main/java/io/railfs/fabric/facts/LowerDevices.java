// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** What an interface stands on, as far as this network namespace shows it. */
public final class LowerDevices {
  private static final String LOWER = "lower_";

  private LowerDevices() {}

  /** MTUs of the interfaces below one (the device of a VLAN, of a macvlan, of a bond), by name. */
  public static Map<String, Integer> mtus(Path root, String device) {
    Map<String, Integer> mtus = new TreeMap<>();
    for (Path entry : KernelFile.entries(root.resolve("sys/class/net").resolve(device))) {
      String name = KernelFile.name(entry);
      if (name.startsWith(LOWER)) {
        add(mtus, name.substring(LOWER.length()), entry);
      }
    }
    return mtus;
  }

  /** MTUs of the interfaces of an RDMA adapter, by name. */
  public static Map<String, Integer> mtusOfAdapter(Path root, String hca) {
    Map<String, Integer> mtus = new TreeMap<>();
    Path adapter = root.resolve("sys/class/infiniband").resolve(hca);
    for (Path entry : KernelFile.entries(adapter.resolve("device/net"))) {
      add(mtus, KernelFile.name(entry), entry);
    }
    return mtus;
  }

  private static void add(Map<String, Integer> mtus, String name, Path device) {
    int mtu = (int) KernelFile.numberOrZero(device.resolve("mtu"));
    if (mtu > 0) {
      mtus.put(name, mtu);
    }
  }
}
