// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Which block of a directory is evicted next. {@code EvictionQueues} has the design; it follows
 * S3-FIFO (Yang et al., SOSP 2023) with the admission test of W-TinyLFU (Einziger et al., 2017).
 *
 * <p>What differs from S3-FIFO: a block leaves the small queue only if it was visited more often
 * than the main queue's next (the sketch counts visits of blocks that have left too, so there is no
 * ghost queue); visits are counted once for a pass over a block, not for each request; pinned
 * blocks are in a queue of their own; and time is measured in turnovers of the store, not in
 * seconds.
 */
package io.railfs.worker.store.evict;
