// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.logging;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import io.railfs.fabric.trust.SecretNames;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Values of settings that nobody should read in a log: those whose name says that they are secret.
 * They are taken out of finished lines, so that it does not matter who put them there. Immutable.
 */
public final class SecretValues {
  /** What is shorter is no secret, and would take letters out of ordinary words. */
  private static final int SHORTEST = 6;

  private static final byte[] HIDDEN = SecretNames.HIDDEN.getBytes(UTF_8);

  private final List<byte[]> values;

  private SecretValues(List<byte[]> values) {
    this.values = values;
  }

  /** Those of a configuration. */
  public static SecretValues of(Config config) {
    Set<String> found = new LinkedHashSet<>();
    collect(List.of(), config.root(), found);
    List<byte[]> values = new ArrayList<>();
    for (String value : found) {
      values.add(value.getBytes(UTF_8));
      values.add(escaped(value).getBytes(UTF_8));
    }
    // Longest first: one may begin with another.
    values.sort(Comparator.comparingInt((byte[] value) -> value.length).reversed());
    return new SecretValues(values);
  }

  private static void collect(List<String> path, ConfigValue value, Set<String> found) {
    if (value instanceof ConfigObject section) {
      for (Map.Entry<String, ConfigValue> entry : section.entrySet()) {
        List<String> child = new ArrayList<>(path);
        child.add(entry.getKey());
        collect(child, entry.getValue(), found);
      }
    } else if (value instanceof ConfigList list) {
      list.forEach(item -> collect(path, item, found));
    } else if (SecretNames.isSecret(path)) {
      // Of any type: a password may consist of digits.
      String text = String.valueOf(value.unwrapped());
      if (text.length() >= SHORTEST) {
        found.add(text);
      }
    }
  }

  /** As it stands in JSON. */
  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("/", "\\/");
  }

  /** The same line without them. */
  public byte[] hide(byte[] line) {
    byte[] clean = line;
    for (byte[] value : values) {
      clean = without(clean, value);
    }
    return clean;
  }

  private static byte[] without(byte[] line, byte[] value) {
    int at = indexOf(line, value, 0);
    if (at < 0) {
      return line;
    }
    ByteArrayOutputStream clean = new ByteArrayOutputStream(line.length);
    int from = 0;
    while (at >= 0) {
      clean.write(line, from, at - from);
      clean.writeBytes(HIDDEN);
      from = at + value.length;
      at = indexOf(line, value, from);
    }
    clean.write(line, from, line.length - from);
    return clean.toByteArray();
  }

  private static int indexOf(byte[] line, byte[] value, int from) {
    for (int at = from; at <= line.length - value.length; at++) {
      int same = 0;
      while (same < value.length && line[at + same] == value[same]) {
        same++;
      }
      if (same == value.length) {
        return at;
      }
    }
    return -1;
  }
}
