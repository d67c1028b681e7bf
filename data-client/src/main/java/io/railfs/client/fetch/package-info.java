// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Requests until their end: fetches of chunks, questions about names, and what stores hold.
 *
 * <pre>
 *   PageClient.fetch
 *     FetchGate        bounds the bytes in flight; first come, first served
 *       Fetch          one request, attempt after attempt, at the worker that a ClusterView names
 *         ReadAttempt  one READ: each piece to the sink, each chunk's CRC32C compared
 *         Hedge        a second attempt beside a slow one (The Tail at Scale, 2013); HedgeBudget bounds them
 *         RetryPlan    what follows a failed attempt: the one retry path, of names and stores too
 *           RetryQueue   waits with growing pauses
 *   MetadataClient, ListCall    names: each path first at its own worker
 *   WorkerStoreClient           stores: at the worker that is meant, and no other
 * </pre>
 *
 * A fetch belongs to one thread at a time: the event loop of the connection that runs its attempt,
 * or the thread that took it from the gate, a worker's waiters or the retry queue. Two loops meet
 * only in a hedge, where one compare-and-set decides. Every request has a deadline; after it
 * nothing is tried any more, and the last thing that went wrong is the cause of its {@code
 * ClusterException}.
 */
package io.railfs.client.fetch;
