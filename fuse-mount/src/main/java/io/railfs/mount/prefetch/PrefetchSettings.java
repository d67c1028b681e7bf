package io.railfs.mount.prefetch;

/**
 * How far to fetch ahead.
 *
 * @param initialWindow bytes ahead of a stream that has just begun; 0: no prefetch at all
 * @param maxWindow bytes ahead of a stream at most
 */
public record PrefetchSettings(int initialWindow, int maxWindow) {}
