// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import static java.util.Objects.requireNonNull;

/**
 * One directory of the store; sizes in bytes.
 *
 * @param state how much it can be used
 * @param lastError what went wrong last; empty where nothing did
 * @param scanning whether blocks of an earlier worker are still being found
 */
public record DirectoryStatus(
    String path,
    long capacityBytes,
    long usedBytes,
    long blocks,
    long pinnedBytes,
    long pinnedBlocks,
    State state,
    String lastError,
    long writeFailures,
    long readFailures,
    boolean scanning) {

  /** How much a directory can be used. */
  public enum State {
    HEALTHY,
    /** Writes failed: it takes no blocks until a probe succeeds; what it holds is served. */
    NO_WRITES,
    /** Reads failed: it is not used at all until a probe succeeds. */
    AWAY
  }

  public DirectoryStatus {
    requireNonNull(path, "path is null");
    requireNonNull(state, "state is null");
    requireNonNull(lastError, "lastError is null");
  }

  public static DirectoryStatus of(StoreDirectory directory) {
    DirectoryHealth health = directory.health();
    return new DirectoryStatus(
        directory.path().toString(),
        directory.capacityBytes(),
        directory.usedBytes(),
        directory.blocks(),
        directory.queues().pinnedBytes(),
        directory.queues().pinnedBlocks(),
        health.state(),
        health.lastError(),
        health.writeFailures(),
        health.readFailures(),
        directory.isScanning());
  }
}
