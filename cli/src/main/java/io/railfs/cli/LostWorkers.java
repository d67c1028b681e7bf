// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.Config;
import io.railfs.client.LostWorker;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Workers that left etcd without saying so, as etcd and the mounts report. */
final class LostWorkers {
  private final Map<String, LostWorker> byEndpoint = new LinkedHashMap<>();

  void add(Collection<LostWorker> lost) {
    lost.forEach(one -> byEndpoint.putIfAbsent(one.endpoint(), one));
  }

  /** Takes those that a mount reports. */
  void add(StatsSample sample) {
    if (sample.json().hasPath("lost")) {
      for (Config one : sample.json().getConfigList("lost")) {
        LostWorker lost =
            new LostWorker(
                one.getString("endpoint"), one.getString("id"), one.getLong("seen_seconds"));
        byEndpoint.putIfAbsent(lost.endpoint(), lost);
      }
    }
  }

  Set<String> endpoints() {
    return byEndpoint.keySet();
  }

  boolean has(String endpoint) {
    return byEndpoint.containsKey(endpoint);
  }

  /** One for each, for a person. */
  List<String> sentences() {
    return byEndpoint.values().stream()
        .map(
            one ->
                "worker %s (%s) is lost since %s, %s ago: it left etcd without saying so; start it, or"
                        .formatted(
                            one.endpoint(),
                            one.id(),
                            Instant.ofEpochSecond(one.seenSeconds()),
                            age(one.seenSeconds()))
                    + " delete its key below /seen/ in etcd if it is not to return")
        .toList();
  }

  private static String age(long seenSeconds) {
    Duration age = Duration.between(Instant.ofEpochSecond(seenSeconds), Instant.now());
    if (age.toMinutes() < 1) {
      return "less than a minute";
    }
    return age.toHours() < 1 ? age.toMinutes() + " min" : age.toHours() + " h";
  }

  List<Map<String, Object>> toJson() {
    return byEndpoint.values().stream().map(LostWorkers::toJson).toList();
  }

  static Map<String, Object> toJson(LostWorker lost) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("endpoint", lost.endpoint());
    json.put("id", lost.id());
    json.put("seen_seconds", lost.seenSeconds());
    return json;
  }
}
