// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Connections to workers. Knows addresses and frames, nothing of blocks, placement or health.
 *
 * <pre>
 *   Rails            the data links of one worker, some for each rail; picks the least busy connection
 *     Link           one connection to one service, opened when wanted and again after a failure
 *       RouteResolver, ResolvedRoute   which device talks to which endpoint, and its addresses now
 *       ClientHandshake                sends HELLO and PROVE as ClientAuthenticator builds them
 *       Connection   many calls on one channel; each ends with its answer, its connection or its time
 *         CallTable  the calls under way by request id (WorkerCall, UnaryCall)
 *         ReceiveBuffers   receives payload where it belongs, without a copy
 * </pre>
 *
 * A link and its connection live on one event loop and need no locks. What happens is reported to
 * {@code Link.Listener} and {@code Rails.Listener}, which RemoteWorker in the cluster package
 * implements: ready, failed, fell back, HELLO replied. A worker may lie: {@code FrameDecoder}
 * limits the size of frames, {@code Connection} rejects replies that nobody asked for, {@code
 * ReplyValidator} checks their content.
 *
 * <p>A probe distinguishes a silent worker from a slow one: after half of a call's time without
 * data the worker is sent a HELLO; if still nothing comes, the connection is closed and everything
 * on it goes elsewhere at once.
 */
package io.railfs.client.net;
