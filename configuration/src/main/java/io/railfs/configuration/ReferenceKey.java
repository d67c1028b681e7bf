// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import java.util.List;

/**
 * One key as a module declares it.
 *
 * @param path full path, "railfs.mount.memory-limit"
 * @param type what it takes
 * @param value its default
 * @param comments lines above it: meaning, unit, allowed values
 * @param module name of the module that declares it
 * @param line where it stands in that module's reference.conf
 */
record ReferenceKey(
    String path,
    ValueType type,
    ConfigValue value,
    List<String> comments,
    String module,
    int line) {

  /** The default as a person would write it in a conf file. */
  String defaultText() {
    return text(type, value);
  }

  static String text(ValueType type, ConfigValue value) {
    if (type == ValueType.SIZE || type == ValueType.DURATION) {
      return String.valueOf(value.unwrapped());
    }
    return value.render(ConfigRenderOptions.concise());
  }
}
