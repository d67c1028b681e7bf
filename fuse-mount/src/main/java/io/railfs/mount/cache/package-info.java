// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What the mount remembers: pages of file content off the heap, and attributes and listings on it,
 * each for as long as Caffeine's policy keeps them. Knows nothing of FUSE, of sockets or of how a
 * fetch fails; of the client it sees only {@code Freshness}, a pair of numbers.
 *
 * <pre>
 *   PageCache          which pages are there; W-TinyLFU (Caffeine) decides which stay
 *     Page             128 KiB of one file version, chunk by chunk: missing, pending, valid
 *     PrefetchState    which of its chunks were fetched ahead, and not read yet
 *     Slab             the memory, in slots; a slot is free when the last reference to its page is gone
 *   MetadataCache      attributes, missing names and listings by path, each with its own timeout
 *     PackedListing    one directory: names and attributes packed in bytes, read while it is filled
 *       PackedEntries, NameTable   the bytes, and a hash table over them
 *     ListingMemory    the bytes that all listings together may take
 *     InvalidationTimes   the earliest start at which a listing is still accepted
 * </pre>
 *
 * Single flight: the thread that claims a missing chunk, and no other, fetches it; all others wait
 * for the page. A lookup that finds everything valid takes no lock and allocates nothing: a probe
 * key of its thread, one look into the map, one reference.
 *
 * <p>A prefetched page weighs nothing until it is read. It is protected as in a segmented LRU, as
 * the policy has never seen a request for it and would evict it first; such pages are limited by a
 * separate share of the slab.
 */
package io.railfs.mount.cache;
