// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import java.util.List;

/**
 * The workers of a cluster as its settings or etcd name them.
 *
 * @param workers their rpc endpoints
 * @param lost those that left etcd without saying so, within a day
 */
public record KnownCluster(List<Endpoint> workers, List<LostWorker> lost) {
  public KnownCluster {
    workers = List.copyOf(workers);
    lost = List.copyOf(lost);
  }
}
