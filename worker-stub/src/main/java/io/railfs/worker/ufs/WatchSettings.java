// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.base.Units;
import java.time.Duration;

/**
 * Settings under railfs.worker.ufs-watch; reference.conf says what they mean.
 *
 * @param downMillis between two looks at a UFS that is down
 * @param idleMillis between two looks at one that nobody asks
 */
public record WatchSettings(long downMillis, long idleMillis) {
  private static final String PATH = "railfs.worker.ufs-watch";

  /**
   * Reads and checks the settings.
   *
   * @param config the object railfs.worker.ufs-watch
   */
  public static WatchSettings of(Config config) {
    return new WatchSettings(interval(config, "down-interval"), interval(config, "idle-interval"));
  }

  private static long interval(Config config, String key) {
    Duration value = Units.duration(config, key, PATH + "." + key);
    if (value.toMillis() < 100 || value.toDays() >= 1) {
      throw new ConfigException.BadValue(
          config.getValue(key).origin(), PATH + "." + key, "it is not between 100ms and 1d");
    }
    return value.toMillis();
  }
}
