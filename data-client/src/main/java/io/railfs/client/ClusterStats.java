// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import java.util.List;

/**
 * The state of a cluster at one moment.
 *
 * @param workers in the order of the settings, or of their identities
 * @param bytesInFlight bytes of all fetches that have started and not ended
 * @param fetchesWaiting fetches that wait for room among the bytes in flight
 * @param hedges second attempts at another worker, beside slow ones
 * @param hedgesWon those that had all chunks before the slow ones
 * @param membership where the workers are known from
 */
public record ClusterStats(
    List<WorkerStats> workers,
    long bytesInFlight,
    int fetchesWaiting,
    long hedges,
    long hedgesWon,
    MembershipStats membership) {
  public ClusterStats {
    workers = List.copyOf(workers);
  }
}
