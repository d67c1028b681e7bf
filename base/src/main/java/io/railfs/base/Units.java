// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Sizes and durations of settings. A number without a unit is refused, for HOCON takes it for bytes
 * and milliseconds, mount options for seconds, and people for neither; 0 is 0 in every unit.
 */
public final class Units {
  private static final Pattern NUMBER = Pattern.compile("[-+]?\\d*\\.?\\d+([eE][-+]?\\d+)?");
  private static final Pattern ZERO = Pattern.compile("[-+]?0*\\.?0+");

  private static final String[] SIZES = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private static final String[] DURATIONS = {"ns", "us", "ms", "s", "m", "h", "d"};
  private static final long[] FACTORS = {1000, 1000, 1000, 60, 60, 24};

  private Units() {}

  /** What is to be written instead of a size without a unit; empty where it has one. */
  public static Optional<String> sizeHint(ConfigValue value) {
    return bare(value).map(n -> "a size with its unit, such as " + sizeLike(n));
  }

  /** What is to be written instead of a duration without a unit; empty where it has one. */
  public static Optional<String> durationHint(ConfigValue value) {
    return bare(value).map(n -> "a duration with its unit, such as %ss or %sms".formatted(n, n));
  }

  /** A small number stands for large units, a large one for bytes. */
  private static String sizeLike(String number) {
    return number.matches("\\d{5,18}")
        ? sizeText(Long.parseLong(number))
        : "%sGiB or %sMiB".formatted(number, number);
  }

  private static Optional<String> bare(ConfigValue value) {
    String text = String.valueOf(value.unwrapped()).strip();
    return NUMBER.matcher(text).matches() && !ZERO.matcher(text).matches()
        ? Optional.of(text)
        : Optional.empty();
  }

  /**
   * A size in bytes.
   *
   * @param path of the whole setting, for messages
   * @throws ConfigException where it is none, or has no unit
   */
  public static long bytes(Config config, String key, String path) {
    sizeHint(config.getValue(key)).ifPresent(hint -> refuse(config, key, path, hint));
    return config.getBytes(key);
  }

  /** A duration, as {@link #bytes}. */
  public static Duration duration(Config config, String key, String path) {
    durationHint(config.getValue(key)).ifPresent(hint -> refuse(config, key, path, hint));
    return config.getDuration(key);
  }

  private static void refuse(Config config, String key, String path, String hint) {
    ConfigValue value = config.getValue(key);
    throw new ConfigException.BadValue(
        value.origin(), path, "is " + value.unwrapped() + ", expected " + hint);
  }

  /** In the largest unit of which it is a whole number: "512MiB". */
  public static String sizeText(long bytes) {
    long value = bytes;
    int unit = 0;
    while (value != 0 && value % 1024 == 0 && unit < SIZES.length - 1) {
      value /= 1024;
      unit++;
    }
    return value + SIZES[unit];
  }

  /** In the largest unit of which it is a whole number: "90s". */
  public static String durationText(Duration duration) {
    long value = duration.toNanos();
    if (value == 0) {
      return "0s";
    }
    int unit = 0;
    while (unit < FACTORS.length && value % FACTORS[unit] == 0) {
      value /= FACTORS[unit];
      unit++;
    }
    return value + DURATIONS[unit];
  }
}
