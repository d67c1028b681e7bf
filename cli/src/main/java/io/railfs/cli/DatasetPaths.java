// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.FileFailure;
import io.railfs.configuration.ProcessRole;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.supervision.RunDirectory;
import io.railfs.supervision.RunRecord;
import io.railfs.supervision.system.CommandException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Paths of the dataset as a person names them: "/train", or below a mount that runs here. */
final class DatasetPaths {
  private final List<String> mountpoints;

  private DatasetPaths(List<String> mountpoints) {
    this.mountpoints = List.copyOf(mountpoints);
  }

  /**
   * The paths of a command line.
   *
   * @param list a file with further paths, one a line; "-" for standard input; null for none
   */
  static List<RailPath> of(RunDirectory runs, List<String> named, String list)
      throws CommandException {
    List<String> mountpoints = new ArrayList<>();
    for (RunRecord record : runs.running()) {
      if (record.kind() == ProcessRole.MOUNT) {
        mountpoints.add(record.name());
      }
    }
    DatasetPaths paths = new DatasetPaths(mountpoints);
    List<RailPath> parsed = new ArrayList<>();
    for (String name : named) {
      parsed.add(paths.parse(name));
    }
    if (list != null) {
      for (String name : lines(list)) {
        parsed.add(paths.parse(name));
      }
    }
    if (parsed.isEmpty()) {
      throw CommandException.wrong("no path is named; give PATH, such as / or /train");
    }
    return parsed;
  }

  private static List<String> lines(String list) throws CommandException {
    try {
      String text =
          list.equals("-")
              ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
              : Files.readString(Path.of(list));
      return text.lines().filter(line -> !line.isBlank()).toList();
    } catch (IOException e) {
      throw new CommandException(
          "the list " + list + " cannot be read: " + FileFailure.describe(e), e);
    }
  }

  private RailPath parse(String name) throws CommandException {
    String trimmed = name.length() > 1 && name.endsWith("/") ? withoutSlash(name) : name;
    for (String mountpoint : mountpoints) {
      if (trimmed.equals(mountpoint)) {
        return RailPath.ROOT;
      }
      if (trimmed.startsWith(mountpoint + "/")) {
        return railPath(trimmed.substring(mountpoint.length()));
      }
    }
    return railPath(trimmed);
  }

  private static String withoutSlash(String name) {
    return name.substring(0, name.length() - 1);
  }

  private static RailPath railPath(String name) throws CommandException {
    try {
      return RailPath.of(name);
    } catch (ProtocolException e) {
      throw new CommandException(
          "'"
              + name
              + "' is neither a path of the dataset, such as /train, nor below a mount that"
              + " runs: "
              + e.getMessage(),
          e);
    }
  }
}
