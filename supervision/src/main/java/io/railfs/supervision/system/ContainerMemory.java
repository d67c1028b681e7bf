// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import io.railfs.base.HumanReadable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What the control group of this process, which is that of its container, lets it have of memory.
 * More than that ends in a kill without a word, so settings are compared with it at the start.
 */
public final class ContainerMemory {
  private static final Path PROC = Path.of("/proc/self/cgroup");
  private static final Path GROUPS = Path.of("/sys/fs/cgroup");

  private ContainerMemory() {}

  /**
   * Checks that so much fits. Fails with {@link CommandException} with a sentence.
   *
   * @param bytes that the process may come to use
   * @param setting what says so
   */
  public static void check(long bytes, String setting) throws CommandException {
    check(bytes, setting, limit(PROC, GROUPS));
  }

  static void check(long bytes, String setting, OptionalLong limit) throws CommandException {
    if (limit.isPresent() && bytes > limit.getAsLong()) {
      throw CommandException.wrong(
          "%s needs %s, and this container may have %s of memory, so the kernel would kill it; lower the setting or raise the limit"
              .formatted(
                  setting, HumanReadable.bytes(bytes), HumanReadable.bytes(limit.getAsLong())));
    }
  }

  /**
   * The smallest limit of a group that the process is in; empty where there is none.
   *
   * @param membership /proc/self/cgroup
   * @param groups /sys/fs/cgroup
   */
  static OptionalLong limit(Path membership, Path groups) {
    List<Long> limits = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(membership)) {
        String[] fields = line.split(":", 3);
        if (fields.length == 3 && fields[0].equals("0")) {
          collect(groups, fields[2], "memory.max", limits);
        } else if (fields.length == 3 && List.of(fields[1].split(",", -1)).contains("memory")) {
          collect(groups.resolve("memory"), fields[2], "memory.limit_in_bytes", limits);
        }
      }
    } catch (IOException e) {
      // A kernel without control groups sets no limit.
      return OptionalLong.empty();
    }
    return limits.stream().mapToLong(Long::longValue).min();
  }

  /** Of the group and those above it, which hold for it too, as far as the container sees them. */
  private static void collect(Path root, String group, String file, List<Long> limits) {
    Path path = root.resolve(group.substring(1)).normalize();
    for (Path one = path; one != null && one.startsWith(root); one = one.getParent()) {
      try {
        limits.add(Long.parseLong(Files.readString(one.resolve(file)).strip()));
      } catch (IOException | NumberFormatException e) {
        // Not seen from here, or "max": no limit of this group.
      }
    }
  }
}
