// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Refuses keys that do not exist and values of the wrong type, instead of ignoring them. */
final class KeyCheck {
  private static final String ROOT = "railfs";

  private final Reference reference;

  KeyCheck(Reference reference) {
    this.reference = reference;
  }

  /**
   * Checks one layer. Keys outside "railfs" are a person's own variables, unless their name looks
   * like a misspelt "railfs". Fails with {@link ConfException} for the first problem, by line.
   */
  void check(ConfigObject layer) throws ConfException {
    for (Map.Entry<String, ConfigValue> entry : inOrder(layer)) {
      String name = entry.getKey();
      if (name.equals(ROOT)) {
        checkAt(List.of(ROOT), entry.getValue());
      } else if (DidYouMean.distance(name, ROOT) <= 2) {
        throw unknown(List.of(name), entry.getValue());
      }
    }
  }

  private void checkAt(List<String> path, ConfigValue value) throws ConfException {
    String key = ConfigUtil.joinPath(path);
    ReferenceKey declared = reference.keys().get(key);
    if (declared != null) {
      if (!declared.type().accepts(value)) {
        throw new ConfException(
            "%s: %s is %s, expected %s"
                .formatted(
                    ValueOrigin.of(value.origin()).text(),
                    key,
                    ReferenceKey.text(ValueType.ANY, ConfSecrets.masked(key, value)),
                    declared.type().expectedFor(value)));
      }
    } else if (value instanceof ConfigObject section) {
      checkSection(path, section);
    } else if (reference.isSection(key)) {
      throw new ConfException(
          "%s: %s is a section, expected keys below it"
              .formatted(ValueOrigin.of(value.origin()).text(), key));
    } else {
      throw unknown(path, value);
    }
  }

  private void checkSection(List<String> path, ConfigObject section) throws ConfException {
    if (section.isEmpty() && !reference.isSection(ConfigUtil.joinPath(path))) {
      throw unknown(path, section);
    }
    for (Map.Entry<String, ConfigValue> entry : inOrder(section)) {
      List<String> child = new ArrayList<>(path);
      child.add(entry.getKey());
      checkAt(child, entry.getValue());
    }
  }

  private static List<Map.Entry<String, ConfigValue>> inOrder(ConfigObject section) {
    return section.entrySet().stream()
        .sorted(Comparator.comparingInt(entry -> entry.getValue().origin().lineNumber()))
        .toList();
  }

  private ConfException unknown(List<String> path, ConfigValue value) {
    String key = ConfigUtil.joinPath(path);
    if (value instanceof ConfigObject section && !section.isEmpty()) {
      // A misspelt section: its first key says best what was meant.
      Map.Entry<String, ConfigValue> first = inOrder(section).get(0);
      List<String> child = new ArrayList<>(path);
      child.add(first.getKey());
      return unknown(child, first.getValue());
    }
    String hint =
        DidYouMean.of(key, reference.keys().keySet())
            .map(near -> ", did you mean " + near + "?")
            .orElse("");
    return new ConfException(
        "%s: there is no key %s%s".formatted(ValueOrigin.of(value.origin()).text(), key, hint));
  }
}
