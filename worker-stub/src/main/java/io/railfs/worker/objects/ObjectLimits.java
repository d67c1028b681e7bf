// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.base.Units;
import java.time.Duration;

/**
 * Settings under railfs.worker.ufs-limits; reference.conf says what they mean.
 *
 * @param attemptTimeout milliseconds
 * @param rangeSize bytes
 * @param rangesPerBlock ranges of one block at once
 * @param concurrentRequests requests to the store at once
 * @param requestsPerSecond 0 for no limit
 * @param bandwidth bytes a second; 0 for no limit
 */
public record ObjectLimits(
    long attemptTimeout,
    int rangeSize,
    int rangesPerBlock,
    int concurrentRequests,
    long requestsPerSecond,
    long bandwidth) {

  private static final int MIN_RANGE = 64 << 10;
  private static final int MAX_RANGE = 64 << 20;

  /**
   * Reads and checks the settings.
   *
   * @param config the object railfs.worker.ufs-limits, or that of a mount
   * @param path where it stands
   */
  public static ObjectLimits of(Config config, String path) {
    Duration timeout = Units.duration(config, "attempt-timeout", path + ".attempt-timeout");
    if (timeout.toMillis() < 10 || timeout.toHours() > 1) {
      throw bad(config, path, "attempt-timeout", "it is not between 10ms and 1h");
    }
    long range = Units.bytes(config, "range-size", path + ".range-size");
    if (range < MIN_RANGE || range > MAX_RANGE) {
      throw bad(config, path, "range-size", range + " is not between 64KiB and 64MiB");
    }
    return new ObjectLimits(
        timeout.toMillis(),
        (int) range,
        (int) number(config, path, "ranges-per-block", 1, 64),
        (int) number(config, path, "concurrent-requests", 1, 4096),
        number(config, path, "requests-per-second", 0, 1_000_000),
        bandwidth(config, path));
  }

  private static long bandwidth(Config config, String path) {
    long bytes = Units.bytes(config, "bandwidth", path + ".bandwidth");
    if (bytes != 0 && bytes < MIN_RANGE) {
      throw bad(config, path, "bandwidth", bytes + " is neither 0 nor at least 64KiB");
    }
    return bytes;
  }

  private static long number(Config config, String path, String key, long min, long max) {
    long value = config.getLong(key);
    if (value < min || value > max) {
      throw bad(config, path, key, value + " is not between " + min + " and " + max);
    }
    return value;
  }

  private static ConfigException bad(Config config, String path, String key, String sentence) {
    return new ConfigException.BadValue(config.getValue(key).origin(), path + "." + key, sentence);
  }
}
