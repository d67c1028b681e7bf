// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Blocks of files: served from disk, or loaded from the UFS once however many wait. Knows the UFS,
 * not the network's services.
 *
 * <pre>
 *   BlockSource.open -- open already --> OpenFiles: no lock, no system call, the event loop answers
 *      | not open
 *      v
 *   BlockStore.read  -- stored --> checks the trailer, keeps the file open       (a thread of the store)
 *      | not stored
 *      v
 *   BlockFlights     one load per block (single flight, as in Go's singleflight and JuiceFS): the first
 *      |             request starts it, the others wait for the parts that they need
 *      v
 *   BlockLoader      reads the parts from the UFS, computes CRC32C of each chunk, publishes each part
 *      |             (docs/adr/0008), writes the file under a temporary name, renames
 *      v
 *   MemoryBlock      serves the waiting requests until the file does
 * </pre>
 *
 * <p>Each block that is handed out is reference-counted; an evicted file is unlinked and lives
 * until its last reader closes it. {@code disk} has the files and directories, {@code evict}
 * decides what is evicted.
 */
package io.railfs.worker.store;
