// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

/**
 * A worker that left etcd without saying so.
 *
 * @param endpoint of its rpc service when it was seen last; its identity where it named none
 * @param id identity
 * @param seenSeconds when it was seen last, to a minute, since the epoch
 */
public record LostWorker(String endpoint, String id, long seenSeconds) {}
