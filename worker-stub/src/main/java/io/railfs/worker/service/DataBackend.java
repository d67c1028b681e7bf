// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import io.railfs.worker.store.BlockSource;

/**
 * What the data service answers from.
 *
 * @param source has the blocks
 * @param blockSize bytes
 * @param local gives their files to readers on this host
 * @param rdma sends them over RDMA
 */
public record DataBackend(BlockSource source, int blockSize, LocalService local, RdmaService rdma) {
  public DataBackend {
    requireNonNull(source, "source is null");
    requireNonNull(local, "local is null");
    requireNonNull(rdma, "rdma is null");
  }
}
