// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import io.railfs.fabric.trust.Trust;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/**
 * A client's connection to its workers, made by {@code io.railfs.client.connect.ClusterClient}.
 * Thread-safe.
 */
public interface Cluster extends AutoCloseable {
  PageSource pages();

  MetadataSource metadata();

  /** What the workers' stores hold. */
  WorkerStores stores();

  /** What this process proves to its workers. */
  Trust trust();

  ClusterStats stats();

  /** Which workers keep the blocks of a file version, in order. */
  List<BlockLocations> where(RailPath path, FileVersion version);

  /**
   * Opens the data connections to some of the workers, as their first fetch would, and waits until
   * they are there or cannot be had; then {@link #stats} knows what would bring their blocks.
   *
   * @param workers by their rpc endpoints; those that are not of this cluster are left out
   * @param timeout for all of them together
   * @throws ClusterException where the thread is interrupted
   */
  void openData(Collection<Endpoint> workers, Duration timeout) throws ClusterException;

  /** Fails what is under way and releases every thread; waits for them a few seconds at most. */
  @Override
  void close();
}
