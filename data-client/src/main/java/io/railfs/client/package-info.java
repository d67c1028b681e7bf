// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * A cluster of workers seen from a client: what other modules import. Interfaces, requests,
 * settings, statistics and the one exception; nothing here opens a socket.
 *
 * <pre>
 *   bulk      loads, frees and checks trees       probe   measures a rail
 *     |                                             |
 *   client    Cluster, PageSource, MetadataSource, WorkerStores, ClusterException, statistics
 *     ^
 *   connect   ClusterClient wires the three layers together and owns their threads
 *     |
 *   fetch     one request until its end: attempts, retries, hedges, bytes in flight, deadlines
 *     |  asks a ClusterView for a worker, that worker for a connection
 *   cluster   which workers there are, the state of each, and which of them has a block
 *     |  keeps a Link for each service of a worker
 *   net       connections: routes, handshake, requests under way, received bytes
 * </pre>
 *
 * Calls go down the picture. What goes up are events (a link reports ready, failed and HELLO
 * replies to its listener) and immutable views (a {@code ClusterView}, replaced as a whole);
 * ArchitectureTest forbids every other way up, and that other modules import one of the three
 * layers.
 *
 * <p>Everything that a worker or the network can do wrong ends in a {@link
 * io.railfs.client.ClusterException} no later than shortly after the deadline of the request. One
 * attempt that fails is an {@code AttemptException} in net; {@code RetryPlan} in fetch is the one
 * place that decides what follows it.
 *
 * <p>Threads: the event loops of one transport, and a pool that resolves names. A request belongs
 * to one thread at a time and is handed over by queues; choosing a worker and a connection takes no
 * lock and allocates nothing. Waits that have a caller (names, stores) block that caller, never an
 * event loop.
 */
package io.railfs.client;
