package io.railfs.mount;

import io.railfs.client.ClusterStats;
import io.railfs.mount.cache.PrefetchStats;
import io.railfs.mount.fs.ReadStats;

/**
 * A mount at one moment; counts are since it began.
 *
 * @param cluster the workers and the rails to them
 * @param reads what programs asked of it and got
 * @param cacheBytes page cache in use
 * @param cacheLimit page cache that there may be, in bytes
 * @param prefetch what was fetched ahead and what has become of it
 */
public record MountStats(
    ClusterStats cluster,
    ReadStats reads,
    long cacheBytes,
    long cacheLimit,
    PrefetchStats prefetch) {}
