// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import com.typesafe.config.ConfigValue;

/**
 * A value in force, to be shown: without secrets.
 *
 * @param value as Java objects: strings, numbers, booleans, lists, maps
 * @param text as a person writes it in a conf file
 * @param source where it comes from
 */
public record ConfValue(Object value, String text, ValueOrigin source) {
  static ConfValue of(ReferenceKey key, ConfigValue whole) {
    ConfigValue value = ConfSecrets.masked(key.path(), key.type().canonical(whole));
    return new ConfValue(
        value.unwrapped(), ReferenceKey.text(key.type(), value), ValueOrigin.of(value.origin()));
  }

  static ConfValue ofFreeForm(String path, ConfigValue whole) {
    ConfigValue value = ConfSecrets.masked(path, whole);
    return new ConfValue(
        value.unwrapped(), ReferenceKey.text(ValueType.ANY, value), ValueOrigin.of(value.origin()));
  }
}
