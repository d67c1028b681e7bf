// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.util.Arrays;
import java.util.List;

/**
 * The layer of {@code -D key=value}. A value is taken as it stands, so that URLs and paths need no
 * quotes; for keys that take a list it is {@code [a, b]} or {@code a,b}.
 */
final class Overrides {
  private Overrides() {}

  /** The layer; the last one wins where a key stands twice. */
  static Config of(List<String> overrides, Reference reference) throws ConfException {
    Config layer = ConfigFactory.empty();
    for (String override : overrides) {
      int equals = override.indexOf('=');
      if (equals <= 0) {
        throw new ConfException("-D " + override + ": expected key=value");
      }
      String key = key(override.substring(0, equals).strip());
      String text = override.substring(equals + 1).strip();
      try {
        layer = layer.withValue(key, value(key, text, reference));
      } catch (ConfigException e) {
        throw new ConfException("-D " + override + ": " + e.getMessage(), e);
      }
    }
    return layer;
  }

  /** Keys may leave out "railfs.", as nothing else can be meant. */
  static String key(String written) throws ConfException {
    try {
      List<String> parts = ConfigUtil.splitPath(written);
      String key = ConfigUtil.joinPath(parts);
      return parts.get(0).equals("railfs") ? key : "railfs." + key;
    } catch (ConfigException e) {
      throw new ConfException("'" + written + "' is not a key: expected words joined by dots", e);
    }
  }

  private static ConfigValue value(String key, String text, Reference reference) {
    String origin = ValueOrigin.OVERRIDE + " " + key;
    ReferenceKey declared = reference.keys().get(key);
    if (declared != null
        && (declared.type() == ValueType.LIST || declared.type() == ValueType.NAMES)) {
      return list(text, origin);
    }
    return at(ConfigValueFactory.fromAnyRef(text), origin);
  }

  private static ConfigValue list(String text, String origin) {
    if (text.startsWith("[")) {
      ConfigParseOptions named = ConfigParseOptions.defaults().setOriginDescription(origin);
      ConfigList list = ConfigFactory.parseString("value = " + text, named).getList("value");
      return at(list, origin);
    }
    List<String> items =
        Arrays.stream(text.split(",", -1)).map(String::strip).filter(s -> !s.isEmpty()).toList();
    return at(ConfigValueFactory.fromIterable(items), origin);
  }

  private static ConfigValue at(ConfigValue value, String origin) {
    return value.withOrigin(ConfigOriginFactory.newSimple(origin));
  }
}
