// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The drivers of a kernel.
 *
 * @param loaded names of modules, with "_", from /proc/modules
 * @param root where the machine is, to look for those that are built in
 */
public record KernelModules(Set<String> loaded, Path root) {
  public KernelModules {
    loaded = Set.copyOf(loaded);
  }

  public static KernelModules of(Path root) {
    return new KernelModules(
        KernelFile.text(root.resolve("proc/modules"))
            .orElse("")
            .lines()
            .map(line -> line.split(" ", 2)[0])
            .filter(name -> !name.isEmpty())
            .collect(Collectors.toSet()),
        root);
  }

  /** Whether it is loaded, or built into the kernel (which most show in /sys/module). */
  public boolean has(String module) {
    return loaded.contains(module) || Files.isDirectory(root.resolve("sys/module/" + module));
  }
}
