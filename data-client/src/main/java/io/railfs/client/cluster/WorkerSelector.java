// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.cluster;

import io.railfs.client.BlockLocations;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;

/**
 * Decides which worker is asked: the first in placement order that serves and is healthy, or, among
 * the replicas of a hot file, the better of two taken at random: the power of two choices
 * (Mitzenmacher 2001), by {@link RemoteWorker#load}. Where none is healthy, the best of those that
 * have a connection.
 */
public final class WorkerSelector {
  /** How far down an order it looks before it takes any worker that it finds. */
  private static final int MAX_STEPS = 16;

  private WorkerSelector() {}

  /**
   * The worker for a fetch.
   *
   * @param replicas from how many workers it may choose
   * @param position in the order, from where on it looks
   * @param avoid is only chosen where there is no other; may be null
   * @return null where no worker has a data connection or may have one
   */
  public static RemoteWorker data(
      ClusterView view, long key, int replicas, int position, RemoteWorker avoid) {
    int count = view.workers().size();
    if (count == 0) {
      return null;
    }
    int steps = Math.min(count, MAX_STEPS);
    RemoteWorker one = null;
    RemoteWorker other = null;
    int found = 0;
    for (int i = 0; i < steps && found < replicas; i++) {
      RemoteWorker worker = at(view, key, (position + i) % steps);
      if (worker != avoid && worker.isOpenToFetches()) {
        found++;
        // Of more than two, any two with the same chance.
        if (one == null) {
          one = worker;
        } else if (other == null) {
          other = worker;
        } else {
          int at = ThreadLocalRandom.current().nextInt(found);
          one = at == 0 ? worker : one;
          other = at == 1 ? worker : other;
        }
      }
    }
    if (one == null) {
      return last(view, key, position, RemoteWorker::mayServe, avoid);
    }
    if (other == null) {
      return one;
    }
    long difference = one.load() - other.load();
    // Chance decides a tie: all clients ask, each seeing its own part of the load alone.
    boolean first = difference == 0 ? ThreadLocalRandom.current().nextBoolean() : difference < 0;
    return first ? one : other;
  }

  /** Those that a fetch may go to, the first in placement order first. */
  public static List<RemoteWorker> replicas(ClusterView view, long key, int replicas) {
    List<RemoteWorker> found = new ArrayList<>();
    int steps = Math.min(view.workers().size(), MAX_STEPS);
    for (int i = 0; i < steps && found.size() < replicas; i++) {
      RemoteWorker worker = at(view, key, i);
      if (worker.rank() == 0 && worker.mayServe()) {
        found.add(worker);
      }
    }
    RemoteWorker last = found.isEmpty() ? last(view, key, 0, RemoteWorker::mayServe, null) : null;
    return last == null ? found : List.of(last);
  }

  /** The worker for a request about names; null where no worker has an rpc connection. */
  public static RemoteWorker rpc(ClusterView view, long key, int position) {
    int steps = Math.min(view.workers().size(), MAX_STEPS);
    for (int i = 0; i < steps; i++) {
      RemoteWorker worker = at(view, key, (position + i) % steps);
      if (worker.isOpenToRequests()) {
        return worker;
      }
    }
    return last(view, key, position, worker -> worker.rpc() != null, null);
  }

  private static RemoteWorker at(ClusterView view, long key, int position) {
    return view.workers().get(view.placement().at(key, position));
  }

  /** None is as it should be: the best of those that can be asked at all, nearest in order. */
  private static RemoteWorker last(
      ClusterView view, long key, int position, Predicate<RemoteWorker> can, RemoteWorker avoid) {
    int count = view.workers().size();
    if (count == 0) {
      return null;
    }
    RemoteWorker best = null;
    int bestRank = Integer.MAX_VALUE;
    int steps = Math.min(count, MAX_STEPS);
    for (int i = 0; i < steps; i++) {
      RemoteWorker worker = at(view, key, (position + i) % steps);
      int rank = worker.rank() + (worker == avoid ? RemoteWorker.WORST_RANK : 0);
      if (can.test(worker) && rank < bestRank) {
        best = worker;
        bestRank = rank;
      }
    }
    if (best != null || steps == count) {
      return best;
    }
    int start = view.placement().first(key);
    for (int i = 0; i < count; i++) {
      RemoteWorker worker = view.workers().get((start + i) % count);
      if (can.test(worker)) {
        return worker;
      }
    }
    return null;
  }

  /** Where the blocks of a file version are, in order. */
  public static List<BlockLocations> locate(
      ClusterView view, int blockSize, int replicas, RailPath path, FileVersion version) {
    List<BlockLocations> locations = new ArrayList<>();
    List<RemoteWorker> before = List.of();
    long first = 0;
    long count = (version.size() + blockSize - 1) / blockSize;
    for (long block = 0; block <= count; block++) {
      List<RemoteWorker> workers =
          block == count
              ? List.of()
              : replicas(view, Placement.key(path, version, block), replicas);
      if (!workers.equals(before)) {
        if (block > first) {
          locations.add(
              new BlockLocations(
                  first, block - 1, before.stream().map(RemoteWorker::facts).toList()));
        }
        before = workers;
        first = block;
      }
    }
    return locations;
  }
}
