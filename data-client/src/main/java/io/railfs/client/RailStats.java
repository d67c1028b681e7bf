// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

/**
 * What one worker's file content does on one rail. Counts are since the client started; bytes are
 * those of the frames, without what TCP and IP add.
 *
 * @param device of this machine, empty where the kernel's routing chooses
 * @param workerDevice at the other end, empty where the worker is not bound
 * @param state whether there are connections, and if not, why
 * @param connections that are ready now
 * @param bytesReceived of replies
 * @param bytesSent of requests
 * @param bytesInFlight payload bytes asked for and not received yet
 * @param transport what brings the bytes of blocks now
 * @param transportProblem why a better one that the settings allow does not, the rest of a
 *     sentence; empty where none is better, or it is not known yet
 * @param bytesLocal of blocks that were read on this host, and are not among those received
 * @param bytesRdma of messages over RDMA, which are not among those received either
 */
public record RailStats(
    String device,
    String workerDevice,
    RailState state,
    int connections,
    long bytesReceived,
    long bytesSent,
    long bytesInFlight,
    TransportKind transport,
    String transportProblem,
    long bytesLocal,
    long bytesRdma) {}
