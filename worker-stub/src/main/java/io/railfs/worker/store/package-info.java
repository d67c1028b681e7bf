/**
 * Blocks on disk: their files, their eviction, and how each gets loaded once. Knows the UFS, not
 * the network's services.
 */
package io.railfs.worker.store;
