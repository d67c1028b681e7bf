// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.railfs.base.HumanReadable;
import io.railfs.mount.fs.ReadStats;
import io.railfs.supervision.system.CommandException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a mount reported at one moment.
 *
 * @param nanos the {@link System#nanoTime} of it
 * @param json what it reported, see {@link StatsJson}
 */
record StatsSample(long nanos, Config json) {
  static StatsSample of(String text) throws CommandException {
    try {
      return new StatsSample(System.nanoTime(), ConfigFactory.parseString(text));
    } catch (ConfigException e) {
      throw new CommandException("the numbers of the mount cannot be read: " + e.getMessage(), e);
    }
  }

  /** The lines that a person sees about what happened since an earlier sample. */
  List<String> since(StatsSample before) {
    double seconds = Math.max(1e-3, (nanos - before.nanos) / 1e9);
    long reads = delta(before, "reads");
    long lookups = delta(before, "read_hits") + delta(before, "read_misses");
    List<String> lines = new ArrayList<>();
    lines.add(
        "reads %s/s, %s/s, p50 %s, p99 %s, errors %d; hit rate %s; cache %s of %s"
            .formatted(
                Math.round(reads / seconds),
                HumanReadable.bytes(Math.round(delta(before, "read_bytes") / seconds)),
                percentile(before, 0.5),
                percentile(before, 0.99),
                delta(before, "read_errors"),
                lookups == 0
                    ? "-"
                    : String.format(
                        Locale.US, "%.1f %%", 100.0 * delta(before, "read_hits") / lookups),
                HumanReadable.bytes(json.getLong("cache_bytes")),
                HumanReadable.bytes(json.getLong("cache_limit_bytes"))));
    lines.add(
        "prefetch %s/s; since the start %s, of these read %s, wasted %s"
            .formatted(
                HumanReadable.bytes(Math.round(delta(before, "prefetch_bytes") / seconds)),
                HumanReadable.bytes(json.getLong("prefetch_bytes")),
                HumanReadable.bytes(json.getLong("prefetch_read_bytes")),
                HumanReadable.bytes(json.getLong("prefetch_wasted_bytes"))));
    return lines;
  }

  /** A row for each rail of each worker, with what went over it since the mount began. */
  TextTable totals() {
    TextTable table =
        new TextTable(
            "WORKER", "RAIL", "STATE", "CONNECTIONS", "TRANSPORT", "IN", "OUT", "LOCAL", "RDMA");
    for (Config worker : json.getConfigList("workers")) {
      for (Config rail : worker.getConfigList("rails")) {
        table.add(
            List.of(
                worker.getString("endpoint"),
                railName(rail),
                railState(rail),
                String.valueOf(rail.getInt("connections")),
                transport(rail),
                HumanReadable.bytes(rail.getLong("received_bytes")),
                HumanReadable.bytes(rail.getLong("sent_bytes")),
                HumanReadable.bytes(local(rail)),
                HumanReadable.bytes(rdma(rail))));
      }
    }
    return table;
  }

  /** Where the mount serves its metrics; empty where it does not. */
  String metricsUrl() {
    return json.hasPath("metrics_url") ? json.getString("metrics_url") : "";
  }

  /** The rpc endpoints of its workers. */
  List<String> endpoints() {
    return json.getConfigList("workers").stream()
        .map(worker -> worker.getString("endpoint"))
        .toList();
  }

  /** Its workers and their rails, for scripts. */
  Object workers() {
    return json.getList("workers").unwrapped();
  }

  /** The device here, and the one at the worker where that reports it. */
  static String railName(Config rail) {
    String device = rail.getString("device");
    String workerDevice = rail.getString("worker_device");
    return (device.isEmpty() ? "(any)" : device)
        + (workerDevice.isEmpty() ? "" : " - " + workerDevice);
  }

  /** Up, idle or down; a mount of an earlier release, which is never idle, does not report it. */
  static String railState(Config rail) {
    if (rail.hasPath("state")) {
      return rail.getString("state");
    }
    return rail.getInt("connections") > 0 ? "up" : "down";
  }

  /** A row for each rail of each worker. */
  TextTable rails(StatsSample before) {
    double seconds = Math.max(1e-3, (nanos - before.nanos) / 1e9);
    TextTable table =
        new TextTable(
            "WORKER",
            "RAIL",
            "STATE",
            "CONNECTIONS",
            "TRANSPORT",
            "IN/s",
            "OUT/s",
            "LOCAL/s",
            "RDMA/s",
            "IN",
            "OUT",
            "LOCAL",
            "RDMA",
            "IN FLIGHT");
    for (Config worker : json.getConfigList("workers")) {
      for (Config rail : worker.getConfigList("rails")) {
        table.add(row(worker, rail, before.rail(worker, rail), seconds));
      }
      if (!worker.getBoolean("connected")) {
        table.add(
            List.of(
                worker.getString("endpoint"),
                worker.getString("problem"),
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                ""));
      }
    }
    return table;
  }

  private static List<String> row(Config worker, Config rail, Config before, double seconds) {
    return List.of(
        worker.getString("endpoint"),
        railName(rail),
        railState(rail),
        String.valueOf(rail.getInt("connections")),
        transport(rail),
        rate(rail, before, "received_bytes", seconds),
        rate(rail, before, "sent_bytes", seconds),
        rate(rail, before, "local_bytes", seconds),
        rate(rail, before, "rdma_bytes", seconds),
        HumanReadable.bytes(rail.getLong("received_bytes")),
        HumanReadable.bytes(rail.getLong("sent_bytes")),
        HumanReadable.bytes(local(rail)),
        HumanReadable.bytes(rdma(rail)),
        HumanReadable.bytes(rail.getLong("in_flight_bytes")));
  }

  private static String rate(Config rail, Config before, String key, double seconds) {
    long moved = count(rail, key) - (before == null ? 0 : count(before, key));
    return HumanReadable.bytes(Math.round(moved / seconds));
  }

  /** 0 where a mount of an earlier release does not report it. */
  private static long count(Config rail, String key) {
    return rail.hasPath(key) ? rail.getLong(key) : 0;
  }

  private static long local(Config rail) {
    return count(rail, "local_bytes");
  }

  private static long rdma(Config rail) {
    return count(rail, "rdma_bytes");
  }

  /** What brings the bytes of blocks, which a mount of an earlier release does not report. */
  static String transport(Config rail) {
    if (rail.getInt("connections") == 0) {
      return "-";
    }
    return rail.hasPath("transport") ? rail.getString("transport") : "tcp";
  }

  /** Why a better transport does not bring them: a line for each worker and reason. */
  List<String> transportProblems() {
    return json.getConfigList("workers").stream()
        .flatMap(
            worker ->
                worker.getConfigList("rails").stream()
                    .filter(rail -> rail.hasPath("transport_problem"))
                    .map(rail -> rail.getString("transport_problem"))
                    .filter(problem -> !problem.isEmpty())
                    .map(
                        problem ->
                            "worker %s: blocks come over tcp: %s"
                                .formatted(worker.getString("endpoint"), problem)))
        .distinct()
        .toList();
  }

  /** What the ports of the rails have counted, where their drivers count: a line for each. */
  List<String> ports(StatsSample before) {
    double seconds = Math.max(1e-3, (nanos - before.nanos) / 1e9);
    Set<String> lines = new LinkedHashSet<>();
    for (Config worker : json.getConfigList("workers")) {
      for (Config rail : worker.getConfigList("rails")) {
        if (rail.hasPath("port_received_bytes") && rail.hasPath("port_sent_bytes")) {
          Config earlier = before.rail(worker, rail);
          lines.add(
              "%s is on %s, which counts, of all programs: in %s/s, out %s/s, in all %s and %s"
                  .formatted(
                      rail.getString("device"),
                      rail.getString("port"),
                      rate(rail, earlier, "port_received_bytes", seconds),
                      rate(rail, earlier, "port_sent_bytes", seconds),
                      HumanReadable.bytes(rail.getLong("port_received_bytes")),
                      HumanReadable.bytes(rail.getLong("port_sent_bytes"))));
        }
      }
    }
    return List.copyOf(lines);
  }

  /** The same rail in this sample, or null. */
  private Config rail(Config worker, Config rail) {
    return json.getConfigList("workers").stream()
        .filter(w -> w.getString("endpoint").equals(worker.getString("endpoint")))
        .flatMap(w -> w.getConfigList("rails").stream())
        .filter(r -> r.getString("device").equals(rail.getString("device")))
        .filter(r -> r.getString("worker_device").equals(rail.getString("worker_device")))
        .findFirst()
        .map(Config.class::cast)
        .orElse(null);
  }

  private long delta(StatsSample before, String key) {
    return json.getLong(key) - before.json.getLong(key);
  }

  /** The time that this share of the reads did not exceed, to a quarter of it. */
  private String percentile(StatsSample before, double share) {
    List<Long> now = json.getLongList("read_times");
    List<Long> then = before.json.getLongList("read_times");
    long all = 0;
    for (int i = 0; i < now.size(); i++) {
      all += now.get(i) - then.get(i);
    }
    if (all == 0) {
      return "-";
    }
    long rank = (long) Math.ceil(all * share);
    int step = -1;
    while (rank > 0 && step < now.size() - 1) {
      step++;
      rank -= now.get(step) - then.get(step);
    }
    return time(ReadStats.limitNanos(step));
  }

  private static String time(long nanos) {
    if (nanos < 1_000_000) {
      return String.format(Locale.US, "%.0f us", nanos / 1e3);
    }
    return nanos < 1_000_000_000
        ? String.format(Locale.US, "%.1f ms", nanos / 1e6)
        : String.format(Locale.US, "%.1f s", nanos / 1e9);
  }
}
