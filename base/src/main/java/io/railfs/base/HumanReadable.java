// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

import java.util.Locale;

/** Sizes, rates and times as people read them, rounded. {@link Units} writes exact ones. */
public final class HumanReadable {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private HumanReadable() {}

  /** "1.5 GiB/s (12.9 Gb/s)": as files are measured, and as networks are. */
  public static String rate(double bytesPerSecond) {
    return "%s/s (%s)"
        .formatted(
            bytes((long) bytesPerSecond),
            String.format(Locale.US, "%.2f Gb/s", bytesPerSecond * Byte.SIZE / 1e9));
  }

  /** "1.5 GiB". */
  public static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.US, unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
  }

  /** "0.214 ms". */
  public static String millis(long nanos) {
    return String.format(Locale.US, "%.3f ms", nanos / 1e6);
  }
}
