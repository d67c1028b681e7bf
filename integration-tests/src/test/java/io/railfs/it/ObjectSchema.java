// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Checks a tree of YAML against a schema as CustomResourceDefinitions have it, as far as these go.
 */
final class ObjectSchema {
  private static final String OPEN = "x-kubernetes-preserve-unknown-fields";

  private final List<String> faults = new ArrayList<>();

  private ObjectSchema() {}

  /**
   * What is wrong, a line each: a field that there is not, that lacks or that has another value.
   */
  static List<String> faults(Map<?, ?> schema, Object value, String path) {
    ObjectSchema check = new ObjectSchema();
    check.check(schema, value, path);
    return check.faults;
  }

  private void check(Map<?, ?> schema, Object value, String path) {
    if (schema.get("enum") instanceof List<?> allowed && !allowed.contains(value)) {
      faults.add(path + " is " + value + ", none of " + allowed);
    }
    Object type = schema.get("type");
    if (type == null) {
      return;
    }
    switch (type.toString()) {
      case "object" -> checkObject(schema, value, path);
      case "array" -> checkArray(schema, value, path);
      case "string" -> checkString(schema, value, path);
      case "integer" -> checkInteger(schema, value, path);
      case "boolean" -> expect(value instanceof Boolean, value, "a boolean", path);
      default -> faults.add(path + ": the schema has an unknown type " + type);
    }
  }

  private void expect(boolean isSo, Object value, String what, String path) {
    if (!isSo) {
      faults.add(path + " is " + value + ", not " + what);
    }
  }

  private void checkString(Map<?, ?> schema, Object value, String path) {
    expect(value instanceof String, value, "a string", path);
    if (value instanceof String text && schema.get("pattern") instanceof String pattern) {
      expect(text.matches(pattern), value, "of the form " + pattern, path);
    }
  }

  private void checkInteger(Map<?, ?> schema, Object value, String path) {
    expect(value instanceof Integer, value, "an integer", path);
    if (value instanceof Integer number && schema.get("minimum") instanceof Integer least) {
      expect(number >= least, value, "at least " + least, path);
    }
  }

  private void checkArray(Map<?, ?> schema, Object value, String path) {
    expect(value instanceof List, value, "a list", path);
    if (value instanceof List<?> list && schema.get("items") instanceof Map<?, ?> items) {
      for (int i = 0; i < list.size(); i++) {
        check(items, list.get(i), path + "[" + i + "]");
      }
    }
  }

  private void checkObject(Map<?, ?> schema, Object value, String path) {
    expect(value instanceof Map, value, "an object", path);
    if (!(value instanceof Map<?, ?> object)) {
      return;
    }
    Map<?, ?> properties = schema.get("properties") instanceof Map<?, ?> map ? map : Map.of();
    for (Map.Entry<?, ?> entry : object.entrySet()) {
      Object known = properties.get(entry.getKey());
      Object others = schema.get("additionalProperties");
      String place = path + "." + entry.getKey();
      if (known instanceof Map<?, ?> property) {
        check(property, entry.getValue(), place);
      } else if (others instanceof Map<?, ?> other) {
        check(other, entry.getValue(), place);
      } else if (!Boolean.TRUE.equals(schema.get(OPEN))) {
        faults.add(place + " is no field");
      }
    }
    if (schema.get("required") instanceof List<?> required) {
      for (Object name : required) {
        expect(object.containsKey(name), object, "with the field " + name, path);
      }
    }
  }
}
