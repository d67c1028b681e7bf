// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import io.railfs.base.Units;
import java.util.Optional;
import java.util.regex.Pattern;

/** What a key takes, derived from its default: nobody writes it down twice. */
enum ValueType {
  BOOLEAN("true or false"),
  NUMBER("a number"),
  SIZE("a size such as 4MiB"),
  DURATION("a duration such as 30s"),
  STRING("a string"),
  LIST("a list such as [\"a\", \"b\"]"),
  NAMES("a name such as ib0 or a list such as [\"ib0\", \"ib1\"]"),
  FREE_FORM("a section { ... }"),
  ANY("a value");

  private static final Pattern SIZE_TEXT =
      Pattern.compile("\\d+(\\.\\d+)?\\s*([kKMGTPE]i?B|[KMGTPE]i|B|bytes?)");
  private static final Pattern DURATION_TEXT =
      Pattern.compile("\\d+(\\.\\d+)?\\s*(ns|us|ms|s|m|h|d|seconds?|minutes?|hours?|days?)");

  private final String expected;

  ValueType(String expected) {
    this.expected = expected;
  }

  /** What should stand in the place of a value that is not accepted, for messages. */
  String expectedFor(ConfigValue value) {
    return withoutUnit(value).orElse(expected);
  }

  /** What should stand in the place of a number that needs a unit and has none. */
  private Optional<String> withoutUnit(ConfigValue value) {
    return switch (this) {
      case SIZE -> Units.sizeHint(value);
      case DURATION -> Units.durationHint(value);
      case BOOLEAN, NUMBER, STRING, LIST, NAMES, FREE_FORM, ANY -> Optional.empty();
    };
  }

  /**
   * As a person writes it in a conf file: sizes and durations in one form, whatever was written.
   */
  ConfigValue canonical(ConfigValue value) {
    Config holder = value.atKey("value");
    return switch (this) {
      case SIZE -> text(value, Units.sizeText(holder.getBytes("value")));
      case DURATION -> text(value, Units.durationText(holder.getDuration("value")));
      case BOOLEAN, NUMBER, STRING, LIST, NAMES, FREE_FORM, ANY -> value;
    };
  }

  private static ConfigValue text(ConfigValue value, String text) {
    return ConfigValueFactory.fromAnyRef(text).withOrigin(value.origin());
  }

  static ValueType ofDefault(ConfigValue value) {
    return switch (value.valueType()) {
      case BOOLEAN -> BOOLEAN;
      case NUMBER -> NUMBER;
      // Nothing by default: a single thing is usual then, and may stand without brackets.
      case LIST -> ((ConfigList) value).isEmpty() ? NAMES : LIST;
      case OBJECT -> FREE_FORM;
      case NULL -> ANY;
      case STRING -> ofText((String) value.unwrapped());
    };
  }

  private static ValueType ofText(String text) {
    if (SIZE_TEXT.matcher(text).matches()) {
      return SIZE;
    }
    return DURATION_TEXT.matcher(text).matches() ? DURATION : STRING;
  }

  /** Whether a value can be read as this type. */
  boolean accepts(ConfigValue value) {
    if (value.valueType() == ConfigValueType.NULL || withoutUnit(value).isPresent()) {
      return false;
    }
    Config holder = value.atKey("value");
    try {
      return switch (this) {
        case BOOLEAN -> read(holder.getBoolean("value"));
        case NUMBER -> read(holder.getNumber("value"));
        case SIZE -> read(holder.getBytes("value"));
        case DURATION -> read(holder.getDuration("value"));
        case STRING -> read(holder.getString("value"));
        case LIST -> read(holder.getList("value"));
        case NAMES -> value.valueType() == ConfigValueType.STRING || LIST.accepts(value);
        case FREE_FORM -> value.valueType() == ConfigValueType.OBJECT;
        case ANY -> true;
      };
    } catch (ConfigException e) {
      return false;
    }
  }

  private static boolean read(Object value) {
    return value != null;
  }
}
