// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.protocol.messages.DirectoryState;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.StoreDirectory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The directories of workers' stores, and those that do not do as they should. */
final class StoreDirectories {
  private StoreDirectories() {}

  static List<Map<String, Object>> toJson(StatusReply status) {
    return status.getDirectoriesList().stream().map(StoreDirectories::toJson).toList();
  }

  private static Map<String, Object> toJson(StoreDirectory directory) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("path", directory.getPath());
    json.put("state", directory.getState().name().toLowerCase(Locale.ROOT));
    json.put("capacity_bytes", directory.getCapacityBytes());
    json.put("used_bytes", directory.getUsedBytes());
    json.put("blocks", directory.getBlocks());
    json.put("pinned_bytes", directory.getPinnedBytes());
    json.put("write_failures", directory.getWriteFailures());
    json.put("read_failures", directory.getReadFailures());
    json.put("last_error", directory.getLastError());
    json.put("scanning", directory.getScanning());
    return json;
  }

  /** "ok", or how many directories are sick. */
  static String state(StatusReply status) {
    long sick = status.getDirectoriesList().stream().filter(StoreDirectories::isSick).count();
    return sick == 0
        ? "ok"
        : "ok, %d of %d disks sick".formatted(sick, status.getDirectoriesCount());
  }

  private static boolean isSick(StoreDirectory directory) {
    // Workers of a release that does not report it leave it unspecified.
    return switch (directory.getState()) {
      case NO_WRITES, AWAY -> true;
      case HEALTHY, DIRECTORY_STATE_UNSPECIFIED, UNRECOGNIZED -> false;
    };
  }

  /** A table of the sick ones; nothing where all are well. */
  static void printSick(List<WorkerList.Line> workers) {
    TextTable table = new TextTable("WORKER", "DIRECTORY", "STATE", "LAST ERROR");
    for (WorkerList.Line line : workers) {
      line.reply().stream()
          .flatMap(status -> status.getDirectoriesList().stream())
          .filter(StoreDirectories::isSick)
          .forEach(
              directory ->
                  table.add(
                      List.of(
                          line.endpoint(),
                          directory.getPath(),
                          directory.getState() == DirectoryState.AWAY
                              ? "disabled"
                              : "takes no blocks",
                          directory.getLastError())));
    }
    table.print();
  }
}
