// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import io.railfs.base.Units;
import io.railfs.fabric.rdma.RdmaPath;
import io.railfs.fabric.verbs.VerbsProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Settings railfs.client.data.transport, railfs.client.data.local and railfs.client.data.rdma,
 * whose meaning stands in this module's reference.conf.
 *
 * @param order transports that may be used, the best first; one at least
 * @param auto whether they were not named, so that those are left out that there are no devices for
 * @param descriptors files of blocks that are kept open at most
 * @param rdmaMemory bytes of registered memory, on all devices together
 * @param rdmaPath how RDMA connections are set up
 */
public record TransportSettings(
    List<TransportKind> order, boolean auto, int descriptors, long rdmaMemory, RdmaPath rdmaPath) {
  private static final String PATH = "railfs.client.data.transport";
  private static final String TLS = "railfs.security.tls.enabled";
  private static final String AUTO = "auto";
  private static final String DESCRIPTORS = "railfs.client.data.local.descriptors";
  private static final String MEMORY = "railfs.client.data.rdma.memory";
  private static final long MIN_MEMORY = 8 << 20;
  private static final long MAX_MEMORY = 16L << 30;
  private static final int MIN_DESCRIPTORS = 16;
  private static final int MAX_DESCRIPTORS = 1_000_000;

  public TransportSettings {
    order = List.copyOf(order);
  }

  /** TCP and nothing else. */
  public static TransportSettings tcp() {
    return new TransportSettings(
        List.of(TransportKind.TCP), false, MIN_DESCRIPTORS, MIN_MEMORY, RdmaPath.plain());
  }

  /** These transports, and as much for each of them. */
  public TransportSettings with(List<TransportKind> others) {
    return new TransportSettings(others, false, descriptors, rdmaMemory, rdmaPath);
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
    List<TransportKind> order = order(value, names);
    boolean auto = names.size() == 1 && names.get(0).strip().equals(AUTO);
    if (order.contains(TransportKind.RDMA) && config.getBoolean(TLS)) {
      if (!auto) {
        throw bad(
            value,
            "rdma does not encrypt, and "
                + TLS
                + " = true asks for encryption; leave rdma out, or set tls to false where the"
                + " network may be trusted");
      }
      order.remove(TransportKind.RDMA);
    }
    return new TransportSettings(order, auto, descriptors, memory(config), RdmaPath.of(config));
  }

  private static long memory(Config config) {
    long memory = Units.bytes(config, MEMORY, MEMORY);
    if (memory < MIN_MEMORY || memory > MAX_MEMORY) {
      throw new ConfigException.BadValue(
          config.getValue(MEMORY).origin(), MEMORY, "a size between 8MiB and 16GiB is needed");
    }
    return memory;
  }

  private static List<TransportKind> order(ConfigValue value, List<String> names) {
    List<TransportKind> order = new ArrayList<>();
    for (String name : names) {
      switch (name.strip()) {
        case AUTO -> {
          if (names.size() > 1) {
            throw bad(value, "auto stands alone");
          }
          order.add(TransportKind.LOCAL);
          order.add(TransportKind.RDMA);
          order.add(TransportKind.TCP);
        }
        case "tcp" -> order.add(TransportKind.TCP);
        case "local" -> order.add(TransportKind.LOCAL);
        case "rdma" -> order.add(TransportKind.RDMA);
        default ->
            throw bad(
                value,
                "'" + name.strip() + "' is no transport; there are auto, tcp, local and rdma");
      }
    }
    if (order.isEmpty()) {
      throw bad(value, "no transport is named; there are auto, tcp, local and rdma");
    }
    if (new HashSet<>(order).size() < order.size()) {
      throw bad(value, "a transport is named twice");
    }
    return order;
  }

  private static ConfigException.BadValue bad(ConfigValue value, String sentence) {
    return new ConfigException.BadValue(value.origin(), PATH, sentence);
  }

  /** What is tried before TCP, or instead of it, the best first. */
  public List<TransportKind> preferred() {
    int tcp = order.indexOf(TransportKind.TCP);
    return tcp < 0 ? order : order.subList(0, tcp);
  }

  /** Whether blocks are read on the same host where that can be done. */
  public boolean prefersLocal() {
    return preferred().contains(TransportKind.LOCAL);
  }

  /** Whether RDMA is tried; in an automatic choice where there are devices alone. */
  public boolean prefersRdma() {
    return preferred().contains(TransportKind.RDMA);
  }

  /**
   * Bytes of registered memory that a client takes with the settings of this configuration; 0 where
   * it uses no RDMA, in an automatic choice because this machine has no device.
   */
  public static long registeredMemory(Config config) {
    TransportSettings settings = of(config);
    boolean has = !settings.auto || VerbsProvider.hasDevices();
    return settings.prefersRdma() && has ? settings.rdmaMemory : 0;
  }

  /** The names, as the settings have them. */
  public String text() {
    return order.stream().map(TransportKind::label).collect(Collectors.joining(", "));
  }

  /** Whether TCP may bring bytes of blocks as one of the transports that are named. */
  public boolean allowsTcp() {
    return order.contains(TransportKind.TCP);
  }
}
