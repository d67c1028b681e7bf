// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Other mount namespaces (containers, {@code ip netns exec}, services) that have a copy of a mount:
 * it lives on there when it is unmounted here. Those of other users show only to root.
 */
public final class OtherNamespaces {
  private static final Path PROC = Path.of("/proc");

  private OtherNamespaces() {}

  /** One process of each that has the mount, by pid. */
  public static List<Holder> with(MountEntry mount) throws CommandException {
    List<Holder> found = new ArrayList<>();
    Set<String> seen = new HashSet<>(Set.of(namespace(PROC.resolve("self"))));
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (seen.add(namespace(process)) && has(process, mount.device())) {
          long pid = Long.parseLong(process.getFileName().toString());
          found.add(new Holder(pid, Holders.command(process), "mount namespace"));
        }
      }
    } catch (IOException e) {
      throw new CommandException("/proc cannot be read: " + e.getMessage(), e);
    }
    found.sort((left, right) -> Long.compare(left.pid(), right.pid()));
    return found;
  }

  /** Its number, or nothing where it cannot be found out. */
  private static String namespace(Path process) {
    try {
      return Files.readSymbolicLink(process.resolve("ns/mnt")).toString();
    } catch (IOException e) {
      // It ended meanwhile, or belongs to someone else.
      return "";
    }
  }

  private static boolean has(Path process, String device) {
    try {
      return MountInfo.of(process.resolve("mountinfo")).entries().stream()
          .anyMatch(mount -> mount.device().equals(device));
    } catch (IOException e) {
      // As above.
      return false;
    }
  }
}
