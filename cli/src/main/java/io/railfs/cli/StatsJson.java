// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.client.ClusterStats;
import io.railfs.client.RailStats;
import io.railfs.client.WorkerStats;
import io.railfs.fabric.facts.HcaPort;
import io.railfs.mount.MountStats;
import io.railfs.mount.fs.ReadStats;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The numbers of a mount as JSON; counts are since it began. */
final class StatsJson {
  private static final Path MACHINE = Path.of("/");

  private StatsJson() {}

  /**
   * As a value that JSON can say.
   *
   * @param metrics where the metrics are served, if they are
   */
  static Map<String, Object> of(MountStats stats, Optional<String> metrics) {
    ReadStats reads = stats.reads();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("reads", reads.reads());
    json.put("read_bytes", reads.bytes());
    json.put("read_hits", reads.hits());
    json.put("read_misses", reads.misses());
    json.put("read_errors", reads.errors());
    json.put("cache_bytes", stats.cacheBytes());
    json.put("cache_limit_bytes", stats.cacheLimit());
    json.put("open_handles", stats.openHandles());
    json.put("names", stats.names().count());
    json.put("names_bytes", stats.names().bytes());
    json.put("names_limit_bytes", stats.names().limit());
    json.put("names_taken_back", stats.names().takenBack());
    json.put("names_reclaimed", stats.names().reclaimed());
    json.put("prefetch_bytes", stats.prefetch().fetchedBytes());
    json.put("prefetch_read_bytes", stats.prefetch().readBytes());
    json.put("prefetch_wasted_bytes", stats.prefetch().wastedBytes());
    ClusterStats cluster = stats.cluster();
    json.put("in_flight_bytes", cluster.bytesInFlight());
    json.put("fetches_waiting", cluster.fetchesWaiting());
    json.put("hedges", cluster.hedges());
    json.put("hedges_won", cluster.hedgesWon());
    json.put("membership_watched", cluster.membership().watched());
    json.put("membership_stale", cluster.membership().stale());
    json.put("membership_age_seconds", cluster.membership().ageNanos() / 1e9);
    json.put("lost", cluster.membership().lost().stream().map(LostWorkers::toJson).toList());
    Map<String, Optional<HcaPort>> ports = new HashMap<>();
    json.put("workers", cluster.workers().stream().map(one -> worker(one, ports)).toList());
    json.put("read_times", reads.times());
    json.put("metrics_url", metrics.orElse(""));
    return json;
  }

  /**
   * @param ports that the rails' devices stand on, as far as they were looked for
   */
  private static Map<String, Object> worker(
      WorkerStats worker, Map<String, Optional<HcaPort>> ports) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("endpoint", worker.endpoint().toString());
    json.put("id", worker.id());
    json.put("state", name(worker.facts().state()));
    json.put("health", name(worker.facts().health()));
    json.put("capacity_bytes", worker.facts().capacity());
    json.put("connected", worker.connected());
    json.put("problem", worker.lastError());
    json.put("received_bytes", worker.rails().stream().mapToLong(RailStats::bytesReceived).sum());
    json.put("sent_bytes", worker.rails().stream().mapToLong(RailStats::bytesSent).sum());
    json.put("content_bytes", worker.bytesReceived());
    json.put("fetches", worker.fetches());
    json.put("retries", worker.retries());
    json.put("checksum_failures", worker.checksumFailures());
    json.put("fallbacks", worker.fallbacks());
    json.put("transport_fallbacks", worker.transportFallbacks());
    json.put("rails", worker.rails().stream().map(one -> rail(one, ports)).toList());
    return json;
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static Map<String, Object> rail(RailStats rail, Map<String, Optional<HcaPort>> ports) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("device", rail.device());
    json.put("worker_device", rail.workerDevice());
    json.put("state", name(rail.state()));
    json.put("connections", rail.connections());
    json.put("received_bytes", rail.bytesReceived());
    json.put("sent_bytes", rail.bytesSent());
    json.put("in_flight_bytes", rail.bytesInFlight());
    json.put("transport", rail.transport().label());
    json.put("transport_problem", rail.transportProblem());
    json.put("local_bytes", rail.bytesLocal());
    json.put("rdma_bytes", rail.bytesRdma());
    ports
        .computeIfAbsent(rail.device(), device -> HcaPort.of(MACHINE, device))
        .ifPresent(port -> port(json, port));
    return json;
  }

  /** What the hardware counts, of all programs; nothing where its driver does not. */
  private static void port(Map<String, Object> json, HcaPort port) {
    json.put("port", port.name());
    port.receivedBytes().ifPresent(bytes -> json.put("port_received_bytes", bytes));
    port.sentBytes().ifPresent(bytes -> json.put("port_sent_bytes", bytes));
  }
}
