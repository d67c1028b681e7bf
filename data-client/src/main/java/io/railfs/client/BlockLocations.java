// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import java.util.List;

/**
 * Blocks of a file that follow each other and have the same workers.
 *
 * @param first index of the first block
 * @param last index of the last block
 * @param workers that keep them, the owner first; those that stand in for workers that are not
 *     asked now are among them, those are not
 */
public record BlockLocations(long first, long last, List<WorkerFacts> workers) {
  public BlockLocations {
    workers = List.copyOf(workers);
  }
}
