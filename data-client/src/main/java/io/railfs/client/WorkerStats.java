// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import java.util.List;

/**
 * What a client knows of one worker. Counts are since the client started.
 *
 * @param facts who it is, and how
 * @param connected whether it can be used now
 * @param lastError why it cannot be used, empty where it can
 * @param bytesReceived payload bytes, those of failed attempts included
 * @param fetches attempts to fetch chunks from it
 * @param retries those attempts that were not the first of their fetch
 * @param checksumFailures chunks that came with a wrong checksum
 * @param bytesInFlight payload bytes asked for and not received yet
 * @param fallbacks data connections that were opened outside the devices that the settings name,
 *     which needs railfs.fabric.fallback = true
 * @param transportFallbacks how often TCP took over from a transport that the settings name alone,
 *     which needs it too
 * @param rails what its file content does on each rail
 */
public record WorkerStats(
    WorkerFacts facts,
    boolean connected,
    String lastError,
    long bytesReceived,
    long fetches,
    long retries,
    long checksumFailures,
    long bytesInFlight,
    long fallbacks,
    long transportFallbacks,
    List<RailStats> rails) {
  public WorkerStats {
    rails = List.copyOf(rails);
  }

  /** Rpc endpoint, as the settings or the membership name it. */
  public Endpoint endpoint() {
    return facts.endpoint();
  }

  /** Identity, empty before the worker answered first. */
  public String id() {
    return facts.id();
  }
}
