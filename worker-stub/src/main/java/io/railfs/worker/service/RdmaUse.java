// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

/**
 * What one port of an RDMA device does at one moment.
 *
 * @param device and its port, as {@link RailTraffic#device} has them for the service rdma
 * @param connections of clients, those that are being ended included
 * @param buffers for answers that are being filled or sent
 * @param problem why it cannot be used; empty where it can
 */
public record RdmaUse(String device, int connections, int buffers, String problem) {
  public RdmaUse {
    requireNonNull(device, "device is null");
    requireNonNull(problem, "problem is null");
  }

  /** Together with another one of the same port, which has several addresses. */
  RdmaUse plus(RdmaUse other) {
    return new RdmaUse(
        device,
        connections + other.connections,
        buffers + other.buffers,
        problem.isEmpty() ? other.problem : problem);
  }
}
