// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.listings;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import io.railfs.base.BoundedMap;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.tasks.TaskPool;
import io.railfs.worker.ufs.Listing;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The listings that this worker remembers, in the form in which they go on the wire. A directory is
 * read from the UFS once, however many ask for it at a time, and answers from memory for as long as
 * those who ask find it young enough. Thread-safe: one lock, held for moments.
 *
 * <p>Their memory has a limit. Where it is short the one of least use leaves; a listing that does
 * not fit is given up, and each asker reads the UFS for himself.
 */
public final class RememberedListings implements AutoCloseable {
  /** A directory that changed within so long after its listing was begun changes all the time. */
  static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long a directory that did not fit is not tried again. */
  private static final long TOO_LARGE_NANOS = TimeUnit.MINUTES.toNanos(10);

  private static final int MAX_NOTES = 1024;

  /** What a listing takes besides its parts and twice its path, about; and a part. */
  private static final int BASE_BYTES = 700;

  private static final int PART_BYTES = 64;

  private final CountedUfs ufs;
  private final TaskPool pool;
  private final long limit;

  /** Those that may answer, the one that was asked for last at the end. */
  private final Map<RailPath, SharedListing> listings = new LinkedHashMap<>(16, 0.75f, true);

  private final Map<RailPath, Long> tooLarge = BoundedMap.byAge(MAX_NOTES);
  private final Map<RailPath, Long> restless = BoundedMap.byAge(MAX_NOTES);
  private final LongAdder hits = new LongAdder();
  private final LongAdder joined = new LongAdder();
  private final LongAdder noRoom = new LongAdder();
  private final LongAdder changes = new LongAdder();
  private long used;

  /**
   * @param pool reads the UFS
   * @param limit bytes; 0 to remember nothing
   */
  public RememberedListings(Ufs ufs, TaskPool pool, long limit) {
    this.ufs = new CountedUfs(requireNonNull(ufs, "ufs is null"));
    this.pool = requireNonNull(pool, "pool is null");
    this.limit = limit;
  }

  /** A UFS whose listings are counted. */
  static final class CountedUfs {
    private final Ufs ufs;
    private final LongAdder count = new LongAdder();

    CountedUfs(Ufs ufs) {
      this.ufs = ufs;
    }

    Listing list(RailPath path) throws UfsException {
      count.increment();
      return ufs.list(path);
    }

    Listing listWatched(RailPath path, Runnable changed) throws UfsException {
      count.increment();
      return ufs.listWatched(path, changed);
    }
  }

  CountedUfs ufs() {
    return ufs;
  }

  /**
   * What came of it until now.
   *
   * @param bytes that they take
   * @param remembered listings in memory
   * @param hits requests answered from memory
   * @param joined requests that joined a listing on its way
   * @param read listings of the UFS that were begun
   * @param noRoom listings that left, or were given up, for want of memory
   * @param changed listings that left because their directory was seen to change
   */
  public record Counts(
      long bytes, int remembered, long hits, long joined, long read, long noRoom, long changed) {}

  public synchronized Counts counts() {
    return new Counts(
        used,
        listings.size(),
        hits.sum(),
        joined.sum(),
        ufs.count.sum(),
        noRoom.sum(),
        changes.sum());
  }

  /**
   * The listing of a directory, for one asker. Never blocks.
   *
   * @param shown names that he may see; empty for all
   * @param maxAgeMillis as in ListRequest
   * @param sinceMillis likewise
   */
  public Parts open(
      RailPath path, Optional<Set<ByteString>> shown, long maxAgeMillis, long sinceMillis) {
    Parts all = open(path, maxAgeMillis, sinceMillis);
    return shown.isPresent() ? new ShownParts(all, shown.get()) : all;
  }

  private Parts open(RailPath path, long maxAgeMillis, long sinceMillis) {
    SharedListing fresh;
    FollowedParts parts;
    synchronized (this) {
      long now = System.nanoTime();
      SharedListing known = listings.get(path);
      if (known != null && known.answers(now, maxAgeMillis, sinceMillis)) {
        (known.isRunning() ? joined : hits).increment();
        known.join();
        return new FollowedParts(this, known, known.ageNanos(now));
      }
      if (isNoted(tooLarge, path, now, TOO_LARGE_NANOS)) {
        return own(path);
      }
      fresh = new SharedListing(this, path, isNoted(restless, path, now, PAUSE_NANOS));
      if (!charge(fresh, BASE_BYTES + 2L * path.latin1().length())) {
        return own(path);
      }
      if (known != null) {
        forget(known);
      }
      fresh.setRemembered(true);
      listings.put(path, fresh);
      fresh.join();
      parts = new FollowedParts(this, fresh, 0);
    }
    submit(fresh);
    return parts;
  }

  OwnParts own(RailPath path) {
    return new OwnParts(this, path);
  }

  private static boolean isNoted(
      Map<RailPath, Long> notes, RailPath path, long now, long validNanos) {
    Long at = notes.get(path);
    return at != null && now - at < validNanos;
  }

  void submit(SharedListing listing) {
    if (!pool.tryExecute(listing::run)) {
      listing.fail(
          new UfsException(ErrorCode.BUSY, "the worker has too many requests waiting; try again"));
    }
  }

  /** Whether somebody waits for what is still to be read; else it is given up. */
  synchronized boolean isWanted(SharedListing listing) {
    if (listing.isRunning() && !listing.isFollowed()) {
      lose(listing);
    }
    return listing.isRunning();
  }

  /** Takes a part; false where there is no room for it, and the listing is given up. */
  boolean add(SharedListing listing, Part part) {
    List<Runnable> reported;
    boolean fits;
    synchronized (this) {
      fits = listing.isRunning() && charge(listing, PART_BYTES + part.body().length);
      if (fits) {
        reported = listing.add(part);
        release(listing);
      } else {
        if (listing.bytes() + part.body().length > limit / 2) {
          tooLarge.put(listing.path(), System.nanoTime());
        }
        noRoom.increment();
        reported = lose(listing);
      }
    }
    reported.forEach(Runnable::run);
    return fits;
  }

  void failed(SharedListing listing, UfsException cause) {
    List<Runnable> reported;
    synchronized (this) {
      reported = listing.fail(cause, false);
      forget(listing);
    }
    reported.forEach(Runnable::run);
  }

  private List<Runnable> lose(SharedListing listing) {
    List<Runnable> reported = listing.fail(null, true);
    forget(listing);
    used -= listing.drop();
    return reported;
  }

  /** The directory has changed: whoever asks from now on gets nothing of before. */
  synchronized void changed(SharedListing listing) {
    if (listing.isRemembered()) {
      changes.increment();
      if (listing.ageNanos(System.nanoTime()) < PAUSE_NANOS) {
        restless.put(listing.path(), System.nanoTime());
      }
      forget(listing);
    }
  }

  synchronized void leave(SharedListing listing) {
    listing.leave();
    release(listing);
  }

  /** It answers nobody from now on, but for those who have begun. */
  private void forget(SharedListing listing) {
    if (listing.isRemembered()) {
      listings.remove(listing.path());
      listing.setRemembered(false);
    }
    release(listing);
  }

  /** Gives its memory back where nobody needs it. */
  private void release(SharedListing listing) {
    if (listing.isIdle() && !listing.isRemembered()) {
      used -= listing.drop();
    }
  }

  private boolean charge(SharedListing listing, long bytes) {
    if (used + bytes > limit) {
      makeRoom(used + bytes - limit);
    }
    if (used + bytes > limit) {
      return false;
    }
    used += bytes;
    listing.take(bytes);
    return true;
  }

  private void makeRoom(long bytes) {
    long free = 0;
    Iterator<SharedListing> all = listings.values().iterator();
    while (free < bytes && all.hasNext()) {
      SharedListing listing = all.next();
      if (listing.isIdle()) {
        all.remove();
        listing.setRemembered(false);
        long dropped = listing.drop();
        used -= dropped;
        free += dropped;
        noRoom.increment();
      }
    }
  }

  /** Forgets all; what still comes of listings on their way is theirs who follow them. */
  @Override
  public synchronized void close() {
    for (SharedListing listing : List.copyOf(listings.values())) {
      forget(listing);
    }
  }
}
