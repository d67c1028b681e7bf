// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.messages.StatusReply;
import io.railfs.worker.listings.RememberedListings;
import io.railfs.worker.store.BlockAdmin;
import io.railfs.worker.tasks.TaskPool;
import io.railfs.worker.ufs.Ufs;
import java.util.function.Supplier;

/**
 * What the rpc service answers from.
 *
 * @param pool runs what may block
 * @param ownPool for what the UFS is not asked for, so that its silence is nobody else's
 * @param status the answer to STATUS
 * @param admin what the store holds
 */
public record RpcBackend(
    Ufs ufs,
    RememberedListings listings,
    TaskPool pool,
    TaskPool ownPool,
    Supplier<StatusReply> status,
    BlockAdmin admin) {
  public RpcBackend {
    requireNonNull(ufs, "ufs is null");
    requireNonNull(listings, "listings is null");
    requireNonNull(pool, "pool is null");
    requireNonNull(ownPool, "ownPool is null");
    requireNonNull(status, "status is null");
    requireNonNull(admin, "admin is null");
  }
}
