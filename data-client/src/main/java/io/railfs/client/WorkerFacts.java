// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import io.railfs.protocol.messages.WorkerState;

/**
 * Who a worker is, and how.
 *
 * @param endpoint rpc endpoint, as the settings or the membership name it
 * @param id identity, empty before the worker answered first
 * @param state what the worker says of itself
 * @param health how this client finds it
 * @param capacity bytes of its store, to which its share of the blocks is in proportion; 0 where it
 *     does not report it
 */
public record WorkerFacts(
    Endpoint endpoint, String id, WorkerState state, WorkerHealth health, long capacity) {
  /** Whether the worker says that it serves, neither starting nor draining. */
  public boolean isServing() {
    return state == WorkerState.SERVING;
  }
}
