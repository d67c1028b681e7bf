// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

/**
 * What has become of the bytes that were fetched before anybody asked for them, since the mount
 * began. What is in neither of the last two waits for its reader.
 *
 * @param fetchedBytes fetched ahead
 * @param readBytes of these, read by somebody, in whole chunks
 * @param wastedBytes of these, given up unread
 */
public record PrefetchStats(long fetchedBytes, long readBytes, long wastedBytes) {}
