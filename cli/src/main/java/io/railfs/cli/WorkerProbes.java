// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.Config;
import io.railfs.client.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * In whose ways each worker is to be asked: a mount's own, before those of the command. A worker
 * that is known by its name and by its address is one worker, called as it was first.
 */
final class WorkerProbes {
  private static final int DEFAULT_PORT = 29999;

  private final Map<String, List<Config>> byEndpoint = new LinkedHashMap<>();
  private final Map<String, Set<InetSocketAddress>> addresses = new HashMap<>();

  /** Looks names up; blocks. */
  void add(Collection<String> endpoints, Config config) {
    for (String endpoint : endpoints) {
      List<Config> configs =
          byEndpoint.computeIfAbsent(known(endpoint), unused -> new ArrayList<>());
      boolean same = configs.stream().anyMatch(other -> security(other).equals(security(config)));
      if (!same) {
        configs.add(config);
      }
    }
  }

  /** What this worker is called already, or else the endpoint. */
  private String known(String endpoint) {
    Set<InetSocketAddress> own = addresses.computeIfAbsent(endpoint, WorkerProbes::resolve);
    return byEndpoint.keySet().stream()
        .filter(other -> other.equals(endpoint) || !Collections.disjoint(addresses.get(other), own))
        .findFirst()
        .orElse(endpoint);
  }

  private static Set<InetSocketAddress> resolve(String endpoint) {
    try {
      Endpoint worker = Endpoint.parse(endpoint, DEFAULT_PORT);
      return Stream.of(InetAddress.getAllByName(worker.host()))
          .map(host -> new InetSocketAddress(host, worker.port()))
          .collect(Collectors.toSet());
    } catch (UnknownHostException | IllegalArgumentException e) {
      // Whoever asks it reports what is wrong.
      return Set.of();
    }
  }

  private static Config security(Config config) {
    return config.getConfig("railfs.security");
  }

  Map<String, List<Config>> byEndpoint() {
    return byEndpoint;
  }
}
