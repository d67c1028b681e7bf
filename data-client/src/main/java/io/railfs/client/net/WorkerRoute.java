// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static java.util.Objects.requireNonNull;

import io.railfs.client.Endpoint;

/**
 * A way to one service of a worker.
 *
 * @param endpoint where the service listens
 * @param device of this machine that connections are bound to, empty for none
 * @param workerDevice of the worker's machine behind the endpoint, empty where it is not named
 */
public record WorkerRoute(Endpoint endpoint, String device, String workerDevice) {
  public WorkerRoute {
    requireNonNull(endpoint, "endpoint is null");
    requireNonNull(device, "device is null");
    requireNonNull(workerDevice, "workerDevice is null");
  }

  /** The worker, address and device, for messages. */
  String name() {
    return "worker " + endpoint + (device.isEmpty() ? "" : " via " + device);
  }

  /** The same way, as the kernel's routing chooses it. */
  WorkerRoute unbound() {
    return new WorkerRoute(endpoint, "", workerDevice);
  }
}
