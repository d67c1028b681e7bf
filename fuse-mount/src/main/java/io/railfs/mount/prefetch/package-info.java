// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Decides which pages to have soon, and gets them: the step between a read at an offset and pages
 * in the cache. Never blocks and never fails a read: where there is no room, it fetches less. Knows
 * nothing of FUSE.
 *
 * <pre>
 *   within a file                             from file to file
 *   Prefetcher, one for each open file        NextFiles, when a file that was read whole is closed
 *     ReadPattern                               DirectoryReaders   by name or by listing
 *       sequential streams, several at once       DirectoryOrder     the order of one directory
 *       StridePattern: steps, both ways         ReadHistory        the order of the last epoch
 *          |                                      OrderPattern       does the order predict?
 *          +------ Plan ------+-------------------- FileBatch -------+
 *                             v
 *                      PrefetchExecutor      claims chunks while there is room
 *                      ChunkRuns             joins claimed chunks to fetches of up to 1 MiB
 *                      PageFetch             fills pages from one fetch
 * </pre>
 *
 * Reads that miss go through {@code ChunkRuns} and {@code PageFetch} too, so one fetch is in flight
 * for a chunk however it was asked for (single flight, by the claim of {@code Page}).
 *
 * <p>A window starts small, doubles while a reader waits, and shrinks when memory is short. A read
 * at the start of a file starts a window at once; anywhere else a pattern must be confirmed first.
 * Strides fetch at most an eighth of what was read, an order whose predictions miss is disabled,
 * and random reads fetch only their own chunks. Every byte fetched ahead is counted in the end as
 * read or as wasted; docs/adr/0005 has the reasons and figures.
 */
package io.railfs.mount.prefetch;
