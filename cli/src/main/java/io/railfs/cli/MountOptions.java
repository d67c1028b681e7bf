// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.supervision.system.CommandException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Translates the options behind -o, as fstab and other FUSE file systems have them, into settings.
 */
final class MountOptions {
  /** For mount(8) and init systems, or true of every RailFS mount anyway. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "defaults",
          "auto",
          "noauto",
          "user",
          "nouser",
          "users",
          "owner",
          "group",
          "_netdev",
          "nofail",
          "async",
          "atime",
          "noatime",
          "relatime",
          "norelatime",
          "diratime",
          "nodiratime",
          "exec",
          "suid",
          "nosuid",
          "dev",
          "nodev",
          "default_permissions");

  private MountOptions() {}

  /**
   * The overrides that the options stand for.
   *
   * @param options comma-separated lists
   */
  static List<String> overrides(List<String> options) throws CommandException {
    List<String> overrides = new ArrayList<>();
    for (String list : options) {
      for (String option : list.split(",", -1)) {
        if (!option.isBlank() && !isWithoutEffect(option)) {
          overrides.add("railfs.mount." + setting(option));
        }
      }
    }
    return overrides;
  }

  private static boolean isWithoutEffect(String option) {
    return WITHOUT_EFFECT.contains(option)
        || option.startsWith("x-")
        || option.startsWith("comment=");
  }

  private static String setting(String option) throws CommandException {
    int equals = option.indexOf('=');
    String name = equals < 0 ? option : option.substring(0, equals);
    String value = equals < 0 ? "" : option.substring(equals + 1);
    return switch (name) {
      case "ro" -> flag(option, value, "read-only-flag=true");
      case "rw" -> flag(option, value, "read-only-flag=false");
      case "allow_other" -> flag(option, value, "allow-other=true");
      case "nonempty" -> flag(option, value, "nonempty=true");
      case "supervise" -> flag(option, value, "supervise=true");
      case "attr_timeout" -> "attribute-timeout=" + seconds(option, value);
      case "entry_timeout" -> "entry-timeout=" + seconds(option, value);
      case "negative_timeout" -> "negative-timeout=" + seconds(option, value);
      case "max_read" -> "max-read=" + bytes(option, value);
      default ->
          throw CommandException.wrong(
              "mount option '"
                  + name
                  + "' is not known; there are ro, rw, allow_other, nonempty, supervise,"
                  + " attr_timeout=, entry_timeout=, negative_timeout=, max_read=");
    };
  }

  private static String flag(String option, String value, String setting) throws CommandException {
    if (!value.isEmpty()) {
      throw CommandException.wrong("mount option '" + option + "' takes no value");
    }
    return setting;
  }

  /** Seconds with a fraction, as FUSE has them, to the millisecond. */
  private static String seconds(String option, String value) throws CommandException {
    try {
      BigDecimal seconds = new BigDecimal(value);
      if (seconds.signum() >= 0) {
        return seconds.movePointRight(3).longValue() + "ms";
      }
    } catch (NumberFormatException e) {
      throw CommandException.wrong(
          "mount option '" + option + "' is not a number of seconds such as 1.5", e);
    }
    throw CommandException.wrong("mount option '" + option + "' is negative");
  }

  private static String bytes(String option, String value) throws CommandException {
    if (!value.matches("\\d{1,18}")) {
      throw CommandException.wrong("mount option '" + option + "' is not a number of bytes");
    }
    return value + "B";
  }
}
