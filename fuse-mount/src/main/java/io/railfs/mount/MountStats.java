// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount;

import io.railfs.client.ClusterStats;
import io.railfs.mount.cache.PrefetchStats;
import io.railfs.mount.fs.ErrorKind;
import io.railfs.mount.fs.Operation;
import io.railfs.mount.fs.ReadStats;
import java.util.Map;

/**
 * A mount at one moment; counts are since it began.
 *
 * @param cluster the workers and the rails to them
 * @param reads what programs asked of it and got
 * @param operations what the kernel asked, reads apart
 * @param errors what failed, reads included
 * @param openHandles files and directories open now
 * @param names what the kernel holds
 * @param cacheBytes page cache in use
 * @param cacheHeld of it, what readers hold though it has left the cache
 * @param cacheLimit page cache that there may be, in bytes
 * @param prefetch what was fetched ahead and what has become of it
 */
public record MountStats(
    ClusterStats cluster,
    ReadStats reads,
    Map<Operation, Long> operations,
    Map<ErrorKind, Long> errors,
    int openHandles,
    Names names,
    long cacheBytes,
    long cacheHeld,
    long cacheLimit,
    PrefetchStats prefetch) {
  public MountStats {
    operations = Map.copyOf(operations);
    errors = Map.copyOf(errors);
  }

  /**
   * The names that the kernel holds.
   *
   * @param count nodes
   * @param bytes of these
   * @param limit bytes that there may be
   * @param takenBack names and nodes that the kernel had to ask for again, or to forget
   * @param reclaimed of these, names that it had to forget to make room
   */
  public record Names(long count, long bytes, long limit, long takenBack, long reclaimed) {}
}
