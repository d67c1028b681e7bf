// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import io.railfs.client.ClusterException;
import io.railfs.client.MetadataSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answer to statfs. Programs ask for it in passing (df over all mounts, probes of liveness), so
 * it never waits long: it is remembered for a while, asked again with a short deadline by one
 * caller at a time, and stays the last known one while no worker answers. Thread-safe.
 */
final class CachedSpace {
  private static final Logger log = LoggerFactory.getLogger(CachedSpace.class);

  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final MetadataSource metadata;
  private final ReentrantLock asking = new ReentrantLock();
  private volatile Answer last;

  private record Answer(MetadataSource.Space space, long nanos) {}

  CachedSpace(MetadataSource metadata) {
    this.metadata = metadata;
  }

  /**
   * The space, as it is known now.
   *
   * @throws FsException where no worker has ever answered
   */
  MetadataSource.Space now() throws FsException {
    Answer known = last;
    if (known != null && System.nanoTime() - known.nanos() < FRESH_NANOS) {
      return known.space();
    }
    if (known != null && !asking.tryLock()) {
      return known.space();
    }
    if (known == null) {
      asking.lock();
    }
    try {
      return ask();
    } finally {
      asking.unlock();
    }
  }

  private MetadataSource.Space ask() throws FsException {
    try {
      last = new Answer(metadata.space(System.nanoTime() + DEADLINE_NANOS), System.nanoTime());
    } catch (ClusterException e) {
      if (last == null) {
        throw FsException.of(e);
      }
      log.debug("statfs answers what was known last: {}", e.getMessage());
      last = new Answer(last.space(), System.nanoTime());
    }
    return last.space();
  }
}
