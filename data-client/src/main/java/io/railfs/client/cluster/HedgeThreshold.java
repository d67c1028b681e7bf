// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.cluster;

import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From when on a fetch counts as slow, so that a second attempt may start beside it: beyond its
 * worker's own p99; but a worker that is slow throughout is measured by the others (Dean and
 * Barroso, The Tail at Scale, 2013).
 */
final class HedgeThreshold {
  private static final Logger log = LoggerFactory.getLogger(HedgeThreshold.class);

  /** How much slower than the others a worker may be before its own slowness is not believed. */
  private static final int MAX_SLOWER = 3;

  private HedgeThreshold() {}

  /**
   * Sets the threshold of each worker.
   *
   * @param minNanos no fetch is slow before
   */
  static void update(List<RemoteWorker> workers, long minNanos) {
    for (int kind = 0; kind < Latency.CLASSES; kind++) {
      update(workers, kind, minNanos);
    }
  }

  private static void update(List<RemoteWorker> workers, int kind, long minNanos) {
    int of = kind;
    long[] all =
        workers.stream()
            .mapToLong(worker -> worker.latency().p99(of))
            .filter(nanos -> nanos != Latency.NONE)
            .sorted()
            .toArray();
    if (all.length == 0) {
      return;
    }
    long maxNanos = all[(all.length - 1) / 2] * MAX_SLOWER;
    for (RemoteWorker worker : workers) {
      long own = worker.latency().p99(kind);
      worker.latency().setSlow(kind, Math.max(minNanos, Math.min(own, maxNanos)));
    }
    log.trace("p99 of fetches of kind {}: {}", kind, Arrays.toString(all));
  }
}
