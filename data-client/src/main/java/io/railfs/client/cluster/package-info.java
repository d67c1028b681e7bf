// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The workers: which there are, the state of each, and which of them has a block.
 *
 * <pre>
 *   WorkerDiscovery    from the settings, or from etcd as they come and go; owns the workers
 *     RemoteWorker     identity, links and state:
 *       Health           healthy, suspect, down, probing
 *       Latency          how long fetches take, for load and for hedges
 *       ConnectionWaiters   fetches that wait for its first data connection
 *   PlacementTable     workers that have answered, by capacity; publishes a ClusterView
 *     Placement        weighted rendezvous hashing (Thaler and Ravishankar 1996) of 2^20 slots
 *   WorkerSelector     which worker is asked: the owner, or the power of two choices among replicas
 *   WorkerMonitor      each second: HELLO to some, HedgeThreshold, workers that have left
 *   RailWatch          each second: network devices that went down
 * </pre>
 *
 * Requests see a {@code ClusterView}: an immutable list of workers and their placement, replaced
 * when a worker joins, leaves or changes its capacity, at most five times a second. A worker that
 * drains, hangs or is away stays in it and is passed over by its state, so that it owns the same
 * blocks when it is back. The public methods of {@code RemoteWorker} are what a request may do with
 * one; all others are for this package.
 */
package io.railfs.client.cluster;
