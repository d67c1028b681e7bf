// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Small files of /sys and /proc. One that is missing, or that the driver answers with an error
 * (common in sysfs: the speed of a device that is down, the type of an empty gid), has no value.
 */
public final class KernelFile {
  private KernelFile() {}

  /** Its text without blanks around it; empty where it cannot be read. */
  public static Optional<String> text(Path file) {
    try {
      return Optional.of(Files.readString(file, ISO_8859_1).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** A number, decimal or with 0x; empty where there is none. */
  public static OptionalLong number(Path file) {
    Optional<String> text = text(file);
    try {
      return text.isPresent() ? OptionalLong.of(Long.decode(text.get())) : OptionalLong.empty();
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  /** As {@link #number}, 0 where there is none. */
  public static long numberOrZero(Path file) {
    return number(file).orElse(0);
  }

  /** What stands behind "KEY:" in a file of such lines; empty where it has none. */
  public static Optional<String> field(Path file, String key) {
    return text(file).stream()
        .flatMap(String::lines)
        .filter(line -> line.startsWith(key + ":"))
        .map(line -> line.substring(key.length() + 1).strip())
        .findFirst();
  }

  /** The entries of a directory by name; none where it is not there. */
  public static List<Path> entries(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.sorted().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** The last part of a path. */
  public static String name(Path path) {
    return String.valueOf(path.getFileName());
  }
}
