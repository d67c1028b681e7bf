// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Block files in store directories, each normally one disk.
 *
 * <pre>
 *   BlockIndex          which block is where: the one place where blocks come and leave
 *      |
 *   StoreDirectory      one directory: room is claimed before a file is written
 *      |-- BlockFiles, BlockFile   names and layout of the files (docs/adr/0003)
 *      |-- DirectoryHealth         HEALTHY, NO_WRITES, AWAY; a probe that succeeds returns it
 *      |-- EvictionQueues          which block is evicted next
 *      |-- Quarantine              files that are not what they should be, kept for a person
 *      `-- DirectoryLock           keeps other workers out
 *   DirectoryKeeper     a thread for each directory: scan at the start, eviction between watermarks, probes
 * </pre>
 *
 * <p>A disk that hangs holds up its keeper and nothing else. A file counts from its rename on; what
 * was not renamed is removed by the next scan.
 */
package io.railfs.worker.store.disk;
