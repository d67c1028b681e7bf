package io.railfs.worker.store;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
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
 */
public record StoreSettings(
    List<Path> directories, long capacityBytes, int capacityPercent, int openFiles, int threads) {

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
    int percent = capacity.endsWith("%") ? percent(config, capacity) : 0;
    long bytes = percent > 0 ? 0 : config.getBytes("capacity");
    if (percent == 0 && bytes < 4L * blockSize) {
      throw bad(config, "capacity", capacity + " is less than four blocks of " + blockSize);
    }
    return new StoreSettings(
        directories(config),
        bytes,
        percent,
        between(config, "open-files", 16, 1_000_000),
        between(config, "threads", 1, 1024));
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

  private static int percent(Config config, String capacity) {
    try {
      int percent = Integer.parseInt(capacity, 0, capacity.length() - 1, 10);
      if (percent >= 1 && percent <= 100) {
        return percent;
      }
    } catch (NumberFormatException e) {
      throw bad(config, "capacity", "'" + capacity + "' is no percentage such as 80%");
    }
    throw bad(config, "capacity", "'" + capacity + "' is not between 1% and 100%");
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
