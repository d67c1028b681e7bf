// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.admin;

import io.railfs.fabric.Devices;
import io.railfs.http.Json;
import io.railfs.protocol.messages.Member;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.StoreDirectory;
import io.railfs.worker.service.RailTraffic;
import io.railfs.worker.service.RdmaUse;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A worker at one moment, as JSON for the web page and for programs; counts are since its start.
 */
final class StatusJson {
  private StatusJson() {}

  static String text(WorkerView view, List<Map<String, Object>> jobs) {
    StatusReply status = view.status().get();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("time_millis", status.getClockNanos() / 1_000_000);
    json.put("id", status.getWorkerId());
    json.put("version", status.getSoftwareVersion());
    json.put("pid", status.getPid());
    json.put("uptime_seconds", status.getUptimeSeconds());
    json.put("ufs", status.getUfs());
    json.put("state", status.getDraining() ? "draining" : "serving");
    json.put("capacity_bytes", status.getCapacityBytes());
    json.put("used_bytes", status.getUsedBytes());
    json.put("pinned_bytes", status.getPinnedBytes());
    json.put("blocks", status.getBlocks());
    json.put("connections", status.getConnections());
    counts(json, status);
    json.put("directories", directories(view, status));
    json.put("ufs_states", status.getUfsStatesList().stream().map(UfsStateJson::of).toList());
    json.put("rails", view.services().rails().stream().map(rail -> rail(view, rail)).toList());
    json.put("lost", view.lost().get().stream().map(StatusJson::lost).toList());
    json.put("jobs", jobs);
    return Json.text(json);
  }

  private static Map<String, Object> lost(Member member) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", member.getWorkerId());
    json.put("seen_millis", member.getSeenSeconds() * 1_000);
    return json;
  }

  private static void counts(Map<String, Object> json, StatusReply status) {
    json.put("hits", status.getHits());
    json.put("misses", status.getMisses());
    json.put("loads", status.getLoads());
    json.put("loaded_bytes", status.getLoadedBytes());
    json.put("load_failures", status.getLoadFailures());
    json.put("bulk_loads", status.getBulkLoads());
    json.put("evictions", status.getEvictions());
    json.put("freed", status.getFreed());
    json.put("quarantined", status.getQuarantined());
    json.put("unstored", status.getUnstored());
  }

  private static List<Map<String, Object>> directories(WorkerView view, StatusReply status) {
    return status.getDirectoriesList().stream().map(d -> directory(view.root(), d)).toList();
  }

  private static Map<String, Object> directory(Path root, StoreDirectory directory) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("path", directory.getPath());
    json.put("healthy", WorkerSource.isHealthy(directory));
    json.put("state", directory.getState().name().toLowerCase(Locale.ROOT));
    json.put("last_error", directory.getLastError());
    json.put("scanning", directory.getScanning());
    json.put("capacity_bytes", directory.getCapacityBytes());
    json.put("used_bytes", directory.getUsedBytes());
    json.put("blocks", directory.getBlocks());
    json.put("read_failures", directory.getReadFailures());
    json.put("write_failures", directory.getWriteFailures());
    DiskTimes.of(root, Path.of(directory.getPath()))
        .ifPresent(
            disk -> {
              json.put("disk_reads", disk.reads());
              json.put("disk_read_millis", disk.readMillis());
              json.put("disk_writes", disk.writes());
              json.put("disk_write_millis", disk.writeMillis());
            });
    return json;
  }

  private static Map<String, Object> rail(WorkerView view, RailTraffic rail) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("service", rail.service());
    json.put("device", rail.device());
    json.put("problem", problem(view, rail));
    json.put("received_bytes", rail.receivedBytes());
    json.put("sent_bytes", rail.sentBytes());
    return json;
  }

  private static String problem(WorkerView view, RailTraffic rail) {
    if (rail.service().equals(RailTraffic.RDMA)) {
      return view.rdma().use().stream()
          .filter(port -> port.device().equals(rail.device()))
          .map(RdmaUse::problem)
          .findFirst()
          .orElse("is not open");
    }
    return rail.device().isEmpty() ? "" : Devices.problem(rail.device());
  }
}
