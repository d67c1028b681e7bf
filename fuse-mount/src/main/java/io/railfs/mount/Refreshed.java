package io.railfs.mount;

/**
 * What a refresh has dropped.
 *
 * @param names entries that the kernel was told to look up again
 * @param listings that the mount's own cache held
 * @param attributes that the mount's own cache held
 */
public record Refreshed(long names, long listings, long attributes) {}
