// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;

/** Reads the settings that name network devices. */
public final class BindDevices {
  /** Longest name that the kernel gives a device, in bytes. */
  static final int MAX_NAME = 15;

  private BindDevices() {}

  /**
   * The devices that a setting names, in its order: one name, names with commas between them, a
   * list; empty where it leaves the way to the kernel's routing.
   *
   * @param path of the setting within the config
   * @param fullPath of the setting, for messages
   * @throws ConfigException where it holds something else or names a device twice
   */
  public static List<String> of(Config config, String path, String fullPath) {
    ConfigValue value = config.getValue(path);
    List<String> names = names(config, path, value);
    for (String name : names) {
      int length = name.getBytes(StandardCharsets.UTF_8).length;
      if (length == 0 || length > MAX_NAME) {
        throw bad(
            value,
            fullPath,
            "'%s' is no device name: it must have 1 to %d bytes; 'ip link' lists the devices"
                .formatted(name, MAX_NAME));
      }
    }
    if (new HashSet<>(names).size() < names.size()) {
      throw bad(value, fullPath, "a device is named twice in " + names);
    }
    return names;
  }

  private static List<String> names(Config config, String path, ConfigValue value) {
    if (value.valueType() == ConfigValueType.LIST) {
      return config.getStringList(path).stream().map(String::strip).toList();
    }
    String text = config.getString(path).strip();
    return text.isEmpty()
        ? List.of()
        : Arrays.stream(text.split(",", -1)).map(String::strip).toList();
  }

  private static ConfigException.BadValue bad(ConfigValue value, String path, String sentence) {
    return new ConfigException.BadValue(value.origin(), path, sentence);
  }
}
