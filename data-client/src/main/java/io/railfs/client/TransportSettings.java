// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;

/**
 * Settings railfs.client.data.transport and railfs.client.data.local, whose meaning stands in this
 * module's reference.conf.
 *
 * @param order transports that may be used, the best first; one at least
 * @param descriptors files of blocks that are kept open at most
 */
public record TransportSettings(List<TransportKind> order, int descriptors) {
  private static final String PATH = "railfs.client.data.transport";
  private static final String DESCRIPTORS = "railfs.client.data.local.descriptors";
  private static final int MIN_DESCRIPTORS = 16;
  private static final int MAX_DESCRIPTORS = 1_000_000;

  public TransportSettings {
    order = List.copyOf(order);
  }

  /** TCP and nothing else. */
  public static TransportSettings tcp() {
    return new TransportSettings(List.of(TransportKind.TCP), MIN_DESCRIPTORS);
  }

  /** These transports, with as many descriptors. */
  public TransportSettings with(List<TransportKind> others) {
    return new TransportSettings(others, descriptors);
  }

  static TransportSettings of(Config config) {
    ConfigValue value = config.getValue(PATH);
    List<String> names =
        value.valueType() == ConfigValueType.LIST
            ? config.getStringList(PATH)
            : Arrays.asList(config.getString(PATH).split(",", -1));
    int descriptors = config.getInt(DESCRIPTORS);
    if (descriptors < MIN_DESCRIPTORS || descriptors > MAX_DESCRIPTORS) {
      throw new ConfigException.BadValue(
          config.getValue(DESCRIPTORS).origin(),
          DESCRIPTORS,
          descriptors + " is not between " + MIN_DESCRIPTORS + " and " + MAX_DESCRIPTORS);
    }
    return new TransportSettings(order(value, names), descriptors);
  }

  private static List<TransportKind> order(ConfigValue value, List<String> names) {
    List<TransportKind> order = new ArrayList<>();
    for (String name : names) {
      switch (name.strip()) {
        case "auto" -> {
          if (names.size() > 1) {
            throw bad(value, "auto stands alone");
          }
          order.add(TransportKind.LOCAL);
          order.add(TransportKind.TCP);
        }
        case "tcp" -> order.add(TransportKind.TCP);
        case "local" -> order.add(TransportKind.LOCAL);
        case "rdma" -> throw bad(value, "this build has no transport rdma; it has tcp and local");
        default ->
            throw bad(
                value, "'" + name.strip() + "' is no transport; there are auto, tcp and local");
      }
    }
    if (order.isEmpty()) {
      throw bad(value, "no transport is named; there are auto, tcp and local");
    }
    if (new HashSet<>(order).size() < order.size()) {
      throw bad(value, "a transport is named twice");
    }
    return order;
  }

  private static ConfigException.BadValue bad(ConfigValue value, String sentence) {
    return new ConfigException.BadValue(value.origin(), PATH, sentence);
  }

  /** Whether blocks are read on the same host where that can be done: nothing better is named. */
  public boolean prefersLocal() {
    return order.get(0) == TransportKind.LOCAL;
  }

  /** Whether TCP may bring bytes of blocks as one of the transports that are named. */
  public boolean allowsTcp() {
    return order.contains(TransportKind.TCP);
  }
}
