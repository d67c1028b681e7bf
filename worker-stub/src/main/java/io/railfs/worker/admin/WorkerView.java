// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.admin;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.messages.Member;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.worker.listings.RememberedListings;
import io.railfs.worker.service.RdmaService;
import io.railfs.worker.service.ServiceState;
import io.railfs.worker.store.BlockSource;
import io.railfs.worker.ufs.UfsHealth;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/**
 * What is shown of a worker.
 *
 * @param status as STATUS reports it
 * @param services what its services count
 * @param rdma what sends blocks over RDMA
 * @param source of its blocks
 * @param listings that it remembers
 * @param lost other workers that left etcd without saying so
 * @param ufs how each UFS is
 * @param root of the machine's files: /
 */
public record WorkerView(
    Supplier<StatusReply> status,
    ServiceState services,
    RdmaService rdma,
    BlockSource source,
    RememberedListings listings,
    Supplier<List<Member>> lost,
    List<UfsHealth> ufs,
    Path root) {
  public WorkerView {
    requireNonNull(status, "status is null");
    requireNonNull(services, "services is null");
    requireNonNull(rdma, "rdma is null");
    requireNonNull(source, "source is null");
    requireNonNull(listings, "listings is null");
    requireNonNull(lost, "lost is null");
    ufs = List.copyOf(ufs);
    requireNonNull(root, "root is null");
  }
}
