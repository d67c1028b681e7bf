// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.base.Units;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Settings under railfs.worker.store; reference.conf says what they mean.
 *
 * @param directories at least one
 * @param capacityBytes over all directories; 0 where a percentage is given
 * @param capacityPercent share of the space open to the store, 1 to 100; 0 where bytes are given
 * @param openFiles most block files kept open
 * @param threads threads that open and verify block files
 * @param highMark percent of a directory's capacity above which room is made
 * @param lowMark percent of a directory's capacity to which room is made
 * @param pinLimit percent of a directory's capacity that pinned blocks may take
 * @param probeMillis time between two tries whether a sick directory works again
 */
public record StoreSettings(
    List<Path> directories,
    long capacityBytes,
    int capacityPercent,
    int openFiles,
    int threads,
    int highMark,
    int lowMark,
    int pinLimit,
    long probeMillis) {

  public StoreSettings {
    directories = List.copyOf(directories);
  }

  /**
   * Reads and checks the settings.
   *
   * @param config the object railfs.worker.store
   * @param blockSize bytes
   */
  public static StoreSettings of(Config config, int blockSize) {
    String capacity = config.getString("capacity").strip();
    int percent = capacity.endsWith("%") ? percent(config, "capacity", capacity) : 0;
    long bytes = percent > 0 ? 0 : Units.bytes(config, "capacity", "railfs.worker.store.capacity");
    int count = directories(config).size();
    if (percent == 0 && bytes < 4L * blockSize * count) {
      throw bad(
          config,
          "capacity",
          "%s is less than %s, four blocks of %s%s"
              .formatted(
                  capacity,
                  Units.sizeText(4L * blockSize * count),
                  Units.sizeText(blockSize),
                  count == 1 ? "" : " for each of " + count + " directories"));
    }
    int highMark = share(config, "high-mark");
    int lowMark = share(config, "low-mark");
    if (lowMark > highMark) {
      throw bad(config, "low-mark", lowMark + "% is above the high-mark of " + highMark + "%");
    }
    return new StoreSettings(
        directories(config),
        bytes,
        percent,
        between(config, "open-files", 16, 1_000_000),
        between(config, "threads", 1, 1024),
        highMark,
        lowMark,
        share(config, "pin-limit"),
        probeMillis(config));
  }

  /** The same with as many open files. */
  public StoreSettings withOpenFiles(int files) {
    return new StoreSettings(
        directories,
        capacityBytes,
        capacityPercent,
        files,
        threads,
        highMark,
        lowMark,
        pinLimit,
        probeMillis);
  }

  private static long probeMillis(Config config) {
    Duration value = Units.duration(config, "probe-interval", "railfs.worker.store.probe-interval");
    if (value.toMillis() < 10 || value.toDays() >= 1) {
      throw bad(config, "probe-interval", "it is not between 10ms and 1d");
    }
    return value.toMillis();
  }

  private static int share(Config config, String key) {
    String text = config.getString(key).strip();
    if (!text.endsWith("%")) {
      throw bad(config, key, "'" + text + "' is no percentage such as 80%");
    }
    return percent(config, key, text);
  }

  private static List<Path> directories(Config config) {
    List<Path> paths = new ArrayList<>();
    for (String directory : config.getStringList("directories")) {
      try {
        paths.add(Path.of(directory));
      } catch (InvalidPathException e) {
        throw bad(config, "directories", "'" + directory + "' is no path");
      }
      if (!paths.get(paths.size() - 1).isAbsolute()) {
        throw bad(config, "directories", "'" + directory + "' is not an absolute path");
      }
    }
    if (paths.isEmpty()) {
      throw bad(config, "directories", "the list is empty; name at least one directory");
    }
    return paths;
  }

  private static int percent(Config config, String key, String text) {
    try {
      int percent = Integer.parseInt(text, 0, text.length() - 1, 10);
      if (percent >= 1 && percent <= 100) {
        return percent;
      }
    } catch (NumberFormatException e) {
      throw bad(config, key, "'" + text + "' is no percentage such as 80%");
    }
    throw bad(config, key, "'" + text + "' is not between 1% and 100%");
  }

  private static int between(Config config, String key, int min, int max) {
    int value = config.getInt(key);
    if (value < min || value > max) {
      throw bad(config, key, value + " is not between " + min + " and " + max);
    }
    return value;
  }

  private static ConfigException.BadValue bad(Config config, String key, String sentence) {
    return new ConfigException.BadValue(
        config.getValue(key).origin(), "railfs.worker.store." + key, sentence);
  }
}
