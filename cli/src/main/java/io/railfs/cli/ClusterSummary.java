// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.Config;
import io.railfs.base.HumanReadable;
import io.railfs.protocol.messages.DirectoryState;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.StoreDirectory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A cluster at a glance.
 *
 * @param workers that are known
 * @param serving those that take fetches
 * @param capacity bytes of their stores
 * @param used bytes
 * @param hits block lookups that the stores answered
 * @param misses those that needed a load
 * @param degraded what is not as it should be and why, a sentence each
 */
record ClusterSummary(
    int workers,
    int serving,
    long capacity,
    long used,
    long hits,
    long misses,
    List<String> degraded) {

  /**
   * Sums up.
   *
   * @param mounts what the mounts that run report, by mountpoint
   * @param lost workers that left etcd without saying so
   * @param unknown why the workers could not be learned; empty where they could
   */
  static ClusterSummary of(
      WorkerList workers,
      Map<String, StatsSample> mounts,
      MountList list,
      LostWorkers lost,
      String unknown) {
    List<String> degraded = new ArrayList<>();
    if (!unknown.isEmpty()) {
      degraded.add(unknown);
    }
    degraded.addAll(lost.sentences());
    int serving = 0;
    long[] sums = new long[4];
    for (WorkerList.Line line : workers.lines()) {
      if (line.reply().isPresent() || !lost.has(line.endpoint())) {
        degraded.addAll(judge(line));
      }
      if (line.reply().isEmpty()) {
        continue;
      }
      StatusReply reply = line.reply().get();
      serving += reply.getDraining() ? 0 : 1;
      sums[0] += reply.getCapacityBytes();
      sums[1] += reply.getUsedBytes();
      sums[2] += reply.getHits();
      sums[3] += reply.getMisses();
    }
    list.lines().stream()
        .filter(MountList.Line::isSick)
        .forEach(
            line -> degraded.add("mount " + line.mount().mountpoint() + " is " + line.state()));
    mounts.forEach((mountpoint, sample) -> judge(mountpoint, sample.json(), degraded));
    return new ClusterSummary(
        workers.lines().size(), serving, sums[0], sums[1], sums[2], sums[3], degraded);
  }

  /** What is not as it should be with a worker, a sentence each. */
  static List<String> judge(WorkerList.Line worker) {
    List<String> degraded = new ArrayList<>();
    if (worker.reply().isPresent()) {
      judge(worker.endpoint(), worker.reply().get(), degraded);
    } else {
      degraded.add("worker " + worker.endpoint() + " is unreachable: " + worker.problem());
    }
    return degraded;
  }

  private static void judge(String endpoint, StatusReply reply, List<String> degraded) {
    if (reply.getDraining()) {
      degraded.add("worker " + endpoint + " drains: its blocks fall to the others");
    }
    UfsStates.problems(reply)
        .forEach(problem -> degraded.add("worker " + endpoint + ": " + problem));
    for (StoreDirectory directory : reply.getDirectoriesList()) {
      DirectoryState state = directory.getState();
      if (state == DirectoryState.NO_WRITES || state == DirectoryState.AWAY) {
        String what = state == DirectoryState.AWAY ? "is disabled" : "takes no blocks";
        degraded.add(
            "worker %s: store directory %s %s: %s"
                .formatted(endpoint, directory.getPath(), what, directory.getLastError()));
      }
    }
  }

  private static void judge(String mountpoint, Config reported, List<String> degraded) {
    if (reported.hasPath("membership_stale") && reported.getBoolean("membership_stale")) {
      degraded.add(
          String.format(
              Locale.US,
              "mount %s: etcd has not answered for %.0f s; the workers known so far stay in use",
              mountpoint,
              reported.getDouble("membership_age_seconds")));
    }
    for (Config worker : reported.getConfigList("workers")) {
      String health = worker.hasPath("health") ? worker.getString("health") : "healthy";
      if (!health.equals("healthy") || !worker.getBoolean("connected")) {
        String problem = worker.getString("problem");
        degraded.add(
            "mount %s finds worker %s %s%s"
                .formatted(
                    mountpoint,
                    worker.getString("endpoint"),
                    health.equals("healthy") ? "unconnected" : health,
                    problem.isEmpty() ? "" : ": " + problem));
      }
      for (Config rail : worker.getConfigList("rails")) {
        if (StatsSample.railState(rail).equals("down") && worker.getBoolean("connected")) {
          degraded.add(
              "mount %s gets no connection to worker %s over rail %s"
                  .formatted(mountpoint, worker.getString("endpoint"), StatsSample.railName(rail)));
        }
      }
    }
  }

  boolean isWell() {
    return degraded.isEmpty();
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("state", isWell() ? "ok" : "degraded");
    json.put("workers", workers);
    json.put("serving", serving);
    json.put("capacity_bytes", capacity);
    json.put("used_bytes", used);
    json.put("hit_rate", hits + misses == 0 ? null : (double) hits / (hits + misses));
    json.put("degraded", degraded);
    return json;
  }

  void print() {
    String rate =
        hits + misses == 0
            ? "no lookups yet"
            : String.format(Locale.US, "hit rate %.1f %%", 100.0 * hits / (hits + misses));
    System.out.printf(
        "cluster %s: %d of %d workers serve, %s of %s used, %s%n",
        isWell() ? "ok" : "DEGRADED",
        serving,
        workers,
        HumanReadable.bytes(used),
        HumanReadable.bytes(capacity),
        rate);
    degraded.forEach(sentence -> System.out.println("  - " + sentence));
    System.out.println();
  }
}
