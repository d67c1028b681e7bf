// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Fields that a typed object of the Kubernetes API was read with and does not have. */
final class ModelFields {
  private static final String MODEL = "io.fabric8.kubernetes.api.model";

  private final List<String> unknown = new ArrayList<>();

  private ModelFields() {}

  /** The paths of the fields. */
  static List<String> unknown(Object object) throws ReflectiveOperationException {
    ModelFields fields = new ModelFields();
    fields.look(object, object.getClass().getSimpleName());
    return fields.unknown;
  }

  private void look(Object value, String path) throws ReflectiveOperationException {
    if (value instanceof Collection<?> list) {
      for (Object one : list) {
        look(one, path + "[]");
      }
    } else if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        look(entry.getValue(), path + "." + entry.getKey());
      }
    } else if (value != null
        && value.getClass().getName().startsWith(MODEL)
        && !value.getClass().isEnum()) {
      lookInto(value, path);
    }
  }

  private void lookInto(Object model, String path) throws ReflectiveOperationException {
    for (Method getter : model.getClass().getMethods()) {
      String name = getter.getName();
      if (getter.getParameterCount() != 0 || !name.startsWith("get") || name.equals("getClass")) {
        continue;
      }
      Object value = getter.invoke(model);
      if (name.equals("getAdditionalProperties")) {
        if (value instanceof Map<?, ?> others) {
          others.keySet().forEach(key -> unknown.add(path + "." + key));
        }
      } else {
        look(value, path + "." + name.substring("get".length()));
      }
    }
  }
}
