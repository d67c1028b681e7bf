package io.railfs.client.fetch;

import io.railfs.client.Replicas;
import io.railfs.client.cluster.ClusterView;
import io.railfs.client.cluster.PlacementTable;
import io.railfs.client.net.AttemptException;
import java.util.function.Supplier;

/**
 * What the fetches of a client share.
 *
 * @param table publishes the workers
 * @param problems says why no worker can be used
 * @param replicas how many workers keep a block
 */
record FetchContext(
    PlacementTable table,
    Supplier<String> problems,
    Replicas replicas,
    HedgeBudget hedges,
    FetchGate gate,
    RetryQueue retries) {

  ClusterView view() {
    return table.view();
  }

  AttemptException noConnection() {
    return new AttemptException(
        AttemptException.Kind.NO_CONNECTION, "no worker is connected: " + problems.get());
  }
}
