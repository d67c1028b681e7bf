// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValueFactory;
import io.railfs.base.Units;
import io.railfs.supervision.system.CommandException;
import java.time.Duration;
import java.util.Map;

/** Sizes and durations on the command line, written as in conf files. */
final class CliParsers {
  private CliParsers() {}

  /** "1MiB"; at least 1. */
  static long bytes(String option, String text) throws CommandException {
    try {
      long bytes = Units.bytes(config(text), "value", option);
      if (bytes >= 1) {
        return bytes;
      }
    } catch (ConfigException e) {
      throw CommandException.wrong(option + " " + text + " is not a size such as 1MiB", e);
    }
    throw CommandException.wrong(option + " " + text + " is not at least one byte");
  }

  /** "5s"; from 100 ms to an hour. */
  static Duration duration(String option, String text) throws CommandException {
    try {
      Duration value = Units.duration(config(text), "value", option);
      if (value.toMillis() >= 100 && value.toHours() < 1) {
        return value;
      }
    } catch (ConfigException e) {
      throw CommandException.wrong(option + " " + text + " is not a duration such as 5s", e);
    }
    throw CommandException.wrong(option + " " + text + " is not between 100ms and 1h");
  }

  private static Config config(String text) {
    return ConfigValueFactory.fromMap(Map.of("value", text)).toConfig();
  }
}
