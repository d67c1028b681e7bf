// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import io.railfs.base.Units;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Whether the disks of a store can ever hold what its capacity says. */
public final class StoreSpace {
  private static final int MIB_SHIFT = 20;

  private StoreSpace() {}

  /** A sentence for each disk that is smaller than what its directories may hold. */
  public static List<String> shortages(StoreSettings settings) {
    if (settings.capacityBytes() == 0) {
      return List.of();
    }
    Map<FileStore, List<Path>> disks = new LinkedHashMap<>();
    for (Path directory : settings.directories()) {
      try {
        disks
            .computeIfAbsent(Files.getFileStore(directory), disk -> new ArrayList<>())
            .add(directory);
      } catch (IOException e) {
        // The start makes missing directories, and says what cannot be used.
      }
    }
    List<String> sentences = new ArrayList<>();
    long share = settings.capacityBytes() / settings.directories().size();
    disks.forEach(
        (disk, directories) -> {
          long wanted = share * directories.size();
          long space = space(disk);
          if (wanted > space) {
            sentences.add(sentence(directories, wanted, space));
          }
        });
    return sentences;
  }

  private static long space(FileStore disk) {
    try {
      return disk.getTotalSpace();
    } catch (IOException e) {
      // Not known, so nothing can be said against it.
      return Long.MAX_VALUE;
    }
  }

  private static String sentence(List<Path> directories, long wanted, long space) {
    return "railfs.worker.store.capacity gives %s %s, but its disk has %s in all; set less, or a share such as 90%%"
        .formatted(
            directories.stream().map(Path::toString).collect(Collectors.joining(", ")),
            Units.sizeText(wanted),
            Units.sizeText(space >> MIB_SHIFT << MIB_SHIFT));
  }
}
