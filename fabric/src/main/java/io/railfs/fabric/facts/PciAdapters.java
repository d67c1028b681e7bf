// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import java.nio.file.Path;
import java.util.List;

/** What the PCI bus says, also where no driver has taken the adapter. */
public final class PciAdapters {
  /** PCI class "network controller", subclass "InfiniBand". */
  private static final String INFINIBAND_CLASS = "0x0207";

  private PciAdapters() {}

  /** PCI addresses of InfiniBand adapters, such as 0000:3b:00.0. */
  public static List<String> infiniband(Path root) {
    return KernelFile.entries(root.resolve("sys/bus/pci/devices")).stream()
        .filter(
            device ->
                KernelFile.text(device.resolve("class")).orElse("").startsWith(INFINIBAND_CLASS))
        .map(KernelFile::name)
        .toList();
  }
}
