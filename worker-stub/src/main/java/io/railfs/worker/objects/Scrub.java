// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.fabric.trust.SecretNames;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Keeps secrets out of what a store says. */
final class Scrub {
  private static final Pattern QUERY =
      Pattern.compile(
          "(?i)((?:x-(?:amz|goog|oss|cos|obs)-[a-z-]*|sig|signature|token|delegation)=)[^&\\s\"')]+");

  private Scrub() {}

  /** The text without the secret values among the options, and without signatures of URLs. */
  static String text(String text, Map<String, String> options) {
    List<String> values =
        options.entrySet().stream()
            .filter(option -> SecretNames.isSecret(option.getKey()))
            .map(Map.Entry::getValue)
            .filter(value -> value.length() > 2)
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
    String clean = text;
    for (String value : values) {
      clean = clean.replace(value, SecretNames.HIDDEN);
    }
    return QUERY.matcher(clean).replaceAll("$1" + SecretNames.HIDDEN);
  }
}
