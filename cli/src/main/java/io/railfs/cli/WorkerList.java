// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.base.HumanReadable;
import io.railfs.client.Endpoint;
import io.railfs.client.probe.StatusProbe;
import io.railfs.configuration.Conf;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.trust.Side;
import io.railfs.fabric.trust.Trust;
import io.railfs.fabric.trust.TrustSettings;
import io.railfs.protocol.messages.StatusReply;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Workers and how they are.
 *
 * @param lines one for each endpoint, in the order of the request
 */
record WorkerList(List<Line> lines) {
  private static final int DEFAULT_PORT = 29999;
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /**
   * One worker.
   *
   * @param endpoint its rpc endpoint, as it was written
   * @param reply what it answered; empty where it did not
   * @param problem why it did not; empty where it did
   */
  record Line(String endpoint, Optional<StatusReply> reply, String problem) {
    Map<String, Object> toJson() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("endpoint", endpoint);
      json.put("reachable", reply.isPresent());
      if (reply.isEmpty()) {
        json.put("problem", problem);
        return json;
      }
      StatusReply status = reply.get();
      json.put("id", status.getWorkerId());
      json.put("version", status.getSoftwareVersion());
      json.put("pid", status.getPid());
      json.put("uptime_seconds", status.getUptimeSeconds());
      json.put("ufs", status.getUfs());
      json.put("capacity_bytes", status.getCapacityBytes());
      json.put("used_bytes", status.getUsedBytes());
      json.put("blocks", status.getBlocks());
      json.put("hits", status.getHits());
      json.put("misses", status.getMisses());
      json.put("hit_rate", hitRate(status));
      json.put("loads", status.getLoads());
      json.put("load_failures", status.getLoadFailures());
      json.put("evictions", status.getEvictions());
      json.put("quarantined", status.getQuarantined());
      json.put("sent_bytes", status.getSentBytes());
      json.put("connections", status.getConnections());
      json.put("draining", status.getDraining());
      json.put("pinned_blocks", status.getPinnedBlocks());
      json.put("pinned_bytes", status.getPinnedBytes());
      json.put("unstored", status.getUnstored());
      json.put("freed", status.getFreed());
      json.put("write_failures", status.getWriteFailures());
      json.put("read_failures", status.getReadFailures());
      json.put("loaded_bytes", status.getLoadedBytes());
      json.put("bulk_loads", status.getBulkLoads());
      json.put("directories", StoreDirectories.toJson(status));
      json.put("ufs_states", UfsStates.toJson(status));
      return json;
    }

    List<String> toRow() {
      if (reply.isEmpty()) {
        return List.of(endpoint, "unreachable: " + problem, "", "", "", "", "");
      }
      StatusReply status = reply.get();
      return List.of(
          endpoint,
          state(status),
          status.getWorkerId(),
          status.getUfs(),
          HumanReadable.bytes(status.getCapacityBytes()),
          HumanReadable.bytes(status.getUsedBytes()),
          hitText(status));
    }

    private static String state(StatusReply status) {
      String ufs = UfsStates.state(status);
      if (status.getDraining()) {
        return "draining";
      }
      String disks = StoreDirectories.state(status);
      return ufs.isEmpty() ? disks : disks.replaceFirst("^ok", ufs);
    }

    /** One that listens at all addresses of a machine can be known by two of them. */
    boolean isOfSameWorker(Line other) {
      return reply.isPresent()
          && other.reply.isPresent()
          && reply.get().getWorkerId().equals(other.reply.get().getWorkerId())
          && reply.get().getPid() == other.reply.get().getPid();
    }

    private static Double hitRate(StatusReply status) {
      long lookups = status.getHits() + status.getMisses();
      return lookups == 0 ? null : (double) status.getHits() / lookups;
    }

    private static String hitText(StatusReply status) {
      Double rate = hitRate(status);
      return rate == null ? "-" : String.format(Locale.US, "%.1f %%", rate * 100);
    }
  }

  /**
   * Asks them, one after the other.
   *
   * @param config whose railfs.security holds
   * @param side of the workers on which this command is
   */
  static WorkerList of(Collection<String> endpoints, Config config, Side side) {
    Map<String, List<Config>> askers = new LinkedHashMap<>();
    endpoints.forEach(endpoint -> askers.put(endpoint, List.of(config)));
    return of(askers, side);
  }

  /**
   * Asks them, each in the ways of those who use it, until one is answered.
   *
   * @param askers by endpoint, the configs whose railfs.security may hold for it
   */
  static WorkerList of(Map<String, List<Config>> askers, Side side) {
    List<Line> lines = new ArrayList<>();
    askers.forEach(
        (endpoint, configs) -> {
          Line line = ask(endpoint, configs, side);
          if (lines.stream().noneMatch(line::isOfSameWorker)) {
            lines.add(line);
          }
        });
    return new WorkerList(lines);
  }

  private static Line ask(String endpoint, List<Config> configs, Side side) {
    Line first = null;
    for (Config config : configs) {
      Line line = ask(endpoint, config, side);
      if (line.reply().isPresent()) {
        return line;
      }
      first = first == null ? line : first;
    }
    return first;
  }

  private static Line ask(String endpoint, Config config, Side side) {
    String problem;
    try (Trust trust = Trust.open(TrustSettings.of(config), side)) {
      Endpoint worker = Endpoint.parse(endpoint, DEFAULT_PORT);
      return new Line(endpoint, Optional.of(StatusProbe.status(worker, trust, TIMEOUT)), "");
    } catch (ConfigException e) {
      problem = Conf.sentence(e);
    } catch (FabricException | IOException | IllegalArgumentException e) {
      problem = String.valueOf(e.getMessage());
    }
    return new Line(endpoint, Optional.empty(), problem);
  }

  boolean allReachable() {
    return lines.stream().allMatch(line -> line.reply().isPresent());
  }

  /** Whether none has anything that a summary would call degraded. */
  boolean isWell() {
    return lines.stream().allMatch(line -> ClusterSummary.judge(line).isEmpty());
  }

  void print(boolean json) {
    if (json) {
      JsonOutput.print(toJson());
    } else {
      TextTable table = new TextTable("WORKER", "STATE", "ID", "UFS", "CAPACITY", "USED", "HITS");
      lines.forEach(line -> table.add(line.toRow()));
      table.print();
      UfsStates.print(lines);
      StoreDirectories.printSick(lines);
    }
  }

  List<Map<String, Object>> toJson() {
    return lines.stream().map(Line::toJson).toList();
  }
}
