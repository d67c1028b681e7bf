// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import io.railfs.fabric.trust.SecretNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Keeps credentials of object stores out of what is shown. */
final class ConfSecrets {
  private static final String OPTIONS = "ufs-options";
  private static final String UFS = "ufs";

  private ConfSecrets() {}

  /** The value with its secrets replaced. */
  static ConfigValue masked(String path, ConfigValue value) {
    return masked(ConfigUtil.splitPath(path), value);
  }

  private static ConfigValue masked(List<String> path, ConfigValue value) {
    if (value instanceof ConfigObject object) {
      ConfigObject result = object;
      for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
        List<String> child = new ArrayList<>(path);
        child.add(entry.getKey());
        result = result.withValue(entry.getKey(), masked(child, entry.getValue()));
      }
      return result;
    }
    String name = path.get(path.size() - 1);
    boolean option = path.contains(OPTIONS);
    if (option && (name.equals(OPTIONS) || SecretNames.isSecret(name))) {
      return ConfigValueFactory.fromAnyRef(SecretNames.HIDDEN).withOrigin(value.origin());
    }
    if (name.equals(UFS) && value.valueType() == ConfigValueType.STRING) {
      String uri = String.valueOf(value.unwrapped());
      String plain = uri.replaceAll("//.*@", "//" + SecretNames.HIDDEN + "@");
      return plain.equals(uri)
          ? value
          : ConfigValueFactory.fromAnyRef(plain).withOrigin(value.origin());
    }
    return value;
  }
}
