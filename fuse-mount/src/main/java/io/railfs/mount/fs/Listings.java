// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.railfs.client.ClusterException;
import io.railfs.client.MetadataSource;
import io.railfs.mount.cache.CacheFullException;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PackedListing;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets listings: a directory is asked for once, however many open it (single flight), and those
 * that open it read what has come while the rest is on its way. Thread-safe.
 */
final class Listings {
  /**
   * Listings on their way at a time, more than a mount commonly has threads that wait for them; one
   * more begins when one of them has ended. A wait for it lasts as long as for any: never does a
   * thread that answers requests fill a listing, which has no bound but that it makes progress.
   */
  private static final int THREADS = 64;

  private static final int IDLE_SECONDS = 10;

  private static final Logger log = LoggerFactory.getLogger(Listings.class);

  private final MetadataSource metadata;
  private final MetadataCache known;
  private final Duration timeout;
  private final DirectoryStats stats;
  private final ThreadPoolExecutor fillers = fillers();

  /**
   * A listing begins in a new thread while there are fewer than may be, though another one is idle:
   * one that waited for an idle thread, which another listing takes or which just ends, would wait
   * for as long as a slow directory takes.
   */
  private static ThreadPoolExecutor fillers() {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new DefaultThreadFactory("listing", true));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /**
   * @param timeout the longest wait for the next part of a listing
   */
  Listings(MetadataSource metadata, MetadataCache known, Duration timeout) {
    this.metadata = requireNonNull(metadata, "metadata is null");
    this.known = requireNonNull(known, "known is null");
    this.timeout = requireNonNull(timeout, "timeout is null");
    this.stats = new DirectoryStats(known.listingNanos());
  }

  /**
   * The listing of a directory, with its first entries or complete; the caller releases it.
   *
   * @param whole called by the thread that got it, when a listing that was asked for now is
   *     complete
   * @throws FsException where the path is no directory, or nothing of it comes in time
   */
  PackedListing open(RailPath path, Consumer<PackedListing> whole) throws FsException {
    PackedListing listing = known.acquireListing(path);
    if (listing == null) {
      PackedListing fresh = known.newListing();
      listing = known.shareListing(path, fresh);
      if (listing == fresh) {
        begin(path, fresh, 0, whole);
      } else {
        fresh.release();
      }
    }
    try {
      hasEntry(path, listing, 0);
      return listing;
    } catch (FsException e) {
      listing.release();
      throw e;
    }
  }

  /**
   * A name was asked for by itself. Where a directory has many such requests its listing is fetched
   * in the background, which answers the rest of them; unless it is too long for so few.
   *
   * @param whole called, by whoever fetches it, when the listing is complete
   */
  void statted(long directory, RailPath path, Consumer<PackedListing> whole) {
    long maxEntries = stats.count(directory);
    if (maxEntries > 0 && isRoomBesideReaders() && !known.hasListing(path)) {
      PackedListing fresh = known.newLimitedListing();
      PackedListing shared = known.shareListing(path, fresh);
      shared.release();
      if (shared == fresh) {
        stats.begun(directory);
        begin(path, fresh, maxEntries, whole);
      } else {
        fresh.release();
      }
    }
  }

  /** Half of the threads stay for listings that somebody waits for. */
  private boolean isRoomBesideReaders() {
    return fillers.getActiveCount() + fillers.getQueue().size() < THREADS / 2;
  }

  private void begin(
      RailPath path, PackedListing fresh, long maxEntries, Consumer<PackedListing> whole) {
    boolean begun = false;
    try {
      fillers.execute(() -> fill(path, fresh, maxEntries, whole));
      begun = true;
    } catch (RejectedExecutionException e) {
      log.debug("{} is not listed any more: unmounting", path, e);
    } catch (OutOfMemoryError e) {
      log.error("no thread could be started to list {} ({})", path, e.getMessage());
    } finally {
      if (!begun) {
        end(
            path,
            fresh,
            new ClusterException(ClusterException.Failure.CLOSED, "no thread lists " + path));
      }
    }
  }

  private void fill(
      RailPath path, PackedListing listing, long maxEntries, Consumer<PackedListing> whole) {
    ClusterException failure =
        new ClusterException(
            ClusterException.Failure.IO, "LIST of " + path + " ended: internal error (bug)");
    try {
      Filler filler = new Filler(listing, maxEntries);
      metadata.list(path, filler, timeout, known.freshness(path));
      failure = filler.isTruncated ? tooLong(path, maxEntries) : null;
    } catch (ClusterException e) {
      failure = e;
    } finally {
      end(path, listing, failure);
    }
    if (failure == null) {
      whole.accept(listing);
    }
  }

  /** Ends a listing that nobody waits for: whoever opens the directory gets one of its own. */
  private static ClusterException tooLong(RailPath path, long maxEntries) {
    return new ClusterException(
        ClusterException.Failure.IO,
        path + " has more than " + maxEntries + " entries, too many for the names asked for");
  }

  private static final class Filler implements MetadataSource.EntryConsumer {
    private final PackedListing listing;
    private final long maxEntries;
    private boolean isTruncated;

    Filler(PackedListing listing, long maxEntries) {
      this.listing = listing;
      this.maxEntries = maxEntries;
    }

    @Override
    public void accept(ByteString name, Attributes attributes) throws ClusterException {
      try {
        listing.add(name, attributes);
      } catch (CacheFullException e) {
        throw new ClusterException(ClusterException.Failure.IO, e.getMessage(), e);
      }
    }

    @Override
    public void age(long nanos) {
      listing.aged(nanos);
    }

    @Override
    public void took(long nanos) {
      listing.took(nanos);
    }

    @Override
    public long maxEntries() {
      return maxEntries;
    }

    @Override
    public void truncated() {
      isTruncated = true;
    }
  }

  /** Ends a listing, complete where there is no failure, and lets go of it. */
  private void end(RailPath path, PackedListing listing, ClusterException failure) {
    if (failure == null) {
      listing.complete();
    } else {
      known.forgetListing(path, listing);
      listing.fail(failure);
    }
    listing.release();
  }

  /** Whether there is an entry of this number; waits until that is known. */
  boolean hasEntry(RailPath path, PackedListing listing, int index) throws FsException {
    try {
      if (listing.await(index, System.nanoTime() + timeout.toNanos())) {
        return true;
      }
      // Whole, or longer, only after the wait was over.
      if (listing.isComplete() || index < listing.size()) {
        return index < listing.size();
      }
      throw FsException.of(failureOf(listing));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FsException(
          FsException.Problem.IO, "the listing of " + path + " was interrupted", e);
    }
  }

  private static ClusterException failureOf(PackedListing listing) {
    return listing.failure() instanceof ClusterException failure
        ? failure
        : new ClusterException(
            ClusterException.Failure.DEADLINE, "the next part of the listing did not come");
  }

  /** No more are asked for; those on their way end with the client. */
  void shutdown() {
    fillers.shutdown();
  }
}
