// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.cluster;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workers whose identity is known, which is since they answered once, and what falls to each by
 * its capacity; they stay while they are away, so that their blocks return to them. The first one
 * makes a placement at once; whatever changes within {@link #WINDOW_MILLIS} after that, or after
 * another change, makes one together. Thread-safe; reading takes no lock.
 */
public final class PlacementTable implements RemoteWorker.Registry {
  private static final Logger log = LoggerFactory.getLogger(PlacementTable.class);

  private static final int MIB_SHIFT = 20;

  /**
   * How late a change counts. Workers that are away are not asked meanwhile either: that goes by
   * their state.
   */
  static final int WINDOW_MILLIS = 200;

  private final ScheduledExecutorService timer;
  private volatile ClusterView view = new ClusterView(List.of(), new Placement(List.of()));
  private volatile int blockSize;
  private volatile int changes;

  /** Guarded by this. */
  private final List<RemoteWorker> joined = new ArrayList<>();

  /** Guarded by this: what the placement was made of. */
  private List<String> ids = List.of();

  /** Guarded by this. */
  private double[] weights;

  /** Guarded by this. */
  private boolean scheduled;

  /**
   * @param timer runs what waits for the end of a window
   */
  public PlacementTable(ScheduledExecutorService timer) {
    this.timer = requireNonNull(timer, "timer is null");
  }

  /** How often the placement has changed. */
  int changes() {
    return changes;
  }

  /** The workers as they are placed now. */
  public ClusterView view() {
    return view;
  }

  /** Bytes, 0 before the first worker. */
  public int blockSize() {
    return blockSize;
  }

  @Override
  public synchronized String join(RemoteWorker worker, int workersBlockSize) {
    if (blockSize != 0 && blockSize != workersBlockSize) {
      return "has blocks of "
          + workersBlockSize
          + " bytes where the other workers have "
          + blockSize
          + "; all workers need the same railfs.worker block size";
    }
    blockSize = workersBlockSize;
    if (!joined.contains(worker)) {
      joined.add(worker);
    }
    if (view.workers().isEmpty()) {
      settle();
    } else {
      schedule();
    }
    return null;
  }

  /** Lets a worker go: its blocks move to the others. */
  synchronized void leave(RemoteWorker worker) {
    if (joined.remove(worker)) {
      schedule();
    }
  }

  private void schedule() {
    if (scheduled) {
      return;
    }
    scheduled = true;
    try {
      ScheduledFuture<?> unused =
          timer.schedule(this::settle, WINDOW_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("the placement does not change any more, as the client is closing", e);
    }
  }

  /**
   * Makes the placement of all that have joined by now. The order of joining differs from client to
   * client; placement looks at identities alone.
   */
  public synchronized void settle() {
    scheduled = false;
    List<String> nowIds = joined.stream().map(RemoteWorker::id).toList();
    double[] nowWeights = weights(joined);
    boolean same = nowIds.equals(ids) && Arrays.equals(nowWeights, weights);
    if (same && joined.equals(view.workers())) {
      return;
    }
    ids = nowIds;
    weights = nowWeights;
    changes++;
    view = new ClusterView(joined, new Placement(ids, weights));
  }

  /** Capacities in MiB, the mean for those that report none; null where all are equal. */
  private static double[] weights(List<RemoteWorker> workers) {
    double[] reported =
        workers.stream().mapToDouble(worker -> worker.capacity() >> MIB_SHIFT).toArray();
    double mean = Arrays.stream(reported).filter(weight -> weight > 0).average().orElse(1);
    double[] weights = Arrays.stream(reported).map(weight -> weight > 0 ? weight : mean).toArray();
    return Arrays.stream(weights).distinct().count() <= 1 ? null : weights;
  }
}
