// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * RDMA verbs, as little of them as the engine in fabric.rdma needs (docs/adr/0025): reliable
 * connections by rdma_cm, sends and receives, completions and events; no remote keys.
 *
 * <pre>
 *   Verbs        finds the port that has an address
 *     VerbsPort    a port: registered memory, receives that all its connections share, completions, events
 *       VerbsQueue   one connection: a queue pair
 * </pre>
 *
 * {@code NativeVerbs} implements them by libibverbs and librdmacm of rdma-core, which are loaded
 * when they are wanted first. Their inline functions are called through the table of the device,
 * whose order is part of its ABI; {@code Layout} has the offsets.
 */
package io.railfs.fabric.verbs;
