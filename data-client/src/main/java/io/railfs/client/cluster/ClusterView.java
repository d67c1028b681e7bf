// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.cluster;

import java.util.List;

/**
 * The workers of a cluster at one moment and what falls to each, as requests see them: published as
 * a whole, never changed. How each of the workers is, it says itself.
 *
 * @param workers as the placement's indices count them
 * @param placement over the workers
 */
public record ClusterView(List<RemoteWorker> workers, Placement placement) {
  public ClusterView {
    workers = List.copyOf(workers);
  }

  /** How many workers there are. */
  public int size() {
    return workers.size();
  }
}
