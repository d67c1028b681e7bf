package io.railfs.client;

import java.util.List;

/**
 * The state of a cluster at one moment.
 *
 * @param workers in the order of the settings
 * @param bytesInFlight bytes of all fetches that have started and not ended
 * @param fetchesWaiting fetches that wait for room among the bytes in flight
 */
public record ClusterStats(List<WorkerStats> workers, long bytesInFlight, int fetchesWaiting) {
  public ClusterStats {
    workers = List.copyOf(workers);
  }
}
