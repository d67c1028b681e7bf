// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.client.BlockLocations;
import io.railfs.client.Cluster;
import io.railfs.client.ClusterException;
import io.railfs.client.Endpoint;
import io.railfs.client.RailState;
import io.railfs.client.RailStats;
import io.railfs.client.TransportKind;
import io.railfs.client.WorkerFacts;
import io.railfs.client.WorkerStats;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What would bring a block from one worker.
 *
 * @param transport its name; "none" where there is no connection
 * @param reason why no better one is used, or there is none; else empty
 */
record BlockPath(String transport, String reason) {
  static final BlockPath UNKNOWN = new BlockPath("none", "the worker is not known any more");

  /** Of each worker that keeps such blocks, in their order. Connects to them. */
  static Map<Endpoint, BlockPath> of(Cluster cluster, List<BlockLocations> places, Duration timeout)
      throws ClusterException {
    List<Endpoint> workers =
        places.stream()
            .flatMap(place -> place.workers().stream())
            .map(WorkerFacts::endpoint)
            .distinct()
            .toList();
    cluster.openData(workers, timeout);
    Map<Endpoint, WorkerStats> stats = new LinkedHashMap<>();
    cluster.stats().workers().forEach(worker -> stats.put(worker.endpoint(), worker));
    Map<Endpoint, BlockPath> paths = new LinkedHashMap<>();
    for (Endpoint worker : workers) {
      WorkerStats known = stats.get(worker);
      paths.put(worker, known == null ? UNKNOWN : of(known));
    }
    return paths;
  }

  private static BlockPath of(WorkerStats worker) {
    List<RailStats> up =
        worker.rails().stream().filter(rail -> rail.state() == RailState.UP).toList();
    if (up.isEmpty()) {
      return new BlockPath("none", worker.lastError());
    }
    // One rail that is local is enough: the file is read without any.
    RailStats best =
        up.stream()
            .filter(rail -> rail.transport() != TransportKind.TCP)
            .findFirst()
            .orElse(up.get(0));
    String problem = best.transportProblem();
    return new BlockPath(
        best.transport().label(), problem.isEmpty() ? "" : "nothing better: " + problem);
  }
}
