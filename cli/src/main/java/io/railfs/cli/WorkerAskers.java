package io.railfs.cli;

import com.typesafe.config.Config;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** In whose ways each worker is to be asked: a mount's own, before those of the command. */
final class WorkerAskers {
  private final Map<String, List<Config>> byEndpoint = new LinkedHashMap<>();

  void add(Collection<String> endpoints, Config config) {
    for (String endpoint : endpoints) {
      List<Config> configs = byEndpoint.computeIfAbsent(endpoint, unused -> new ArrayList<>());
      boolean known = configs.stream().anyMatch(other -> security(other).equals(security(config)));
      if (!known) {
        configs.add(config);
      }
    }
  }

  private static Config security(Config config) {
    return config.getConfig("railfs.security");
  }

  Map<String, List<Config>> byEndpoint() {
    return byEndpoint;
  }
}
