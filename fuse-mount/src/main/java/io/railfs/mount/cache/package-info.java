/**
 * What the mount remembers: pages of file content in one off-heap slab, and metadata on the heap,
 * both for as long as Caffeine's policy keeps them. Knows nothing of FUSE or of the network.
 */
package io.railfs.mount.cache;
