// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.railfs.client.Freshness;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Attributes and listings, each for a time that the settings give. Thread-safe.
 *
 * <p>A cached listing answers for the names in it and, by their absence, for all others of its
 * directory; the latter only as long as an absence is believed.
 */
public final class MetadataCache {
  /** Counters of paths that were forgotten. */
  private static final int FORGETS = 4096;

  /**
   * Bytes of heap for one cached path with attributes: measured order of magnitude, keys and policy
   * included.
   */
  private static final int BYTES_PER_ENTRY = 250;

  /** A bound that is never reached: listings are bounded by their bytes. */
  private static final long MAX_LISTINGS = 1L << 30;

  /** Each new listing is compared with all of them. */
  private static final int MAX_REPORTED = 10_000;

  /** Listings looked at in one search for some to drop. */
  private static final int DROP_CANDIDATES = 256;

  /** How far the clocks of a UFS and of this machine may be apart. */
  private static final long SKEW_NANOS = TimeUnit.MINUTES.toNanos(5);

  private final Cache<RailPath, Attributes> attributes;
  private final Cache<RailPath, Boolean> missing;

  /** Names that were reported missing to the kernel, for as long as it caches that. */
  private final Cache<RailPath, Boolean> reportedMissing;

  private final Cache<RailPath, PackedListing> listings;
  private final AtomicIntegerArray forgets = new AtomicIntegerArray(FORGETS);
  private final AtomicInteger drops = new AtomicInteger();

  /**
   * Shared by those that put an answer in, exclusive while a count of forgets or drops is raised.
   * So an answer either is in the cache before the count is raised, and is removed after it, or
   * finds the raised count and is not put in. Without it a reader that comes after the removal
   * could still find the old answer.
   */
  private final ReadWriteLock answering = new ReentrantReadWriteLock();

  private final InvalidationTimes doubts = new InvalidationTimes();
  private final ListingMemory memory;
  private final long listingNanos;
  private final long negativeNanos;

  /**
   * @param heapBytes what attributes of single paths may occupy, about
   * @param listingBytes what all listings may occupy, open ones included
   * @param attributeTimeout how long attributes and listings are believed
   * @param negativeTimeout how long the absence of a name is believed
   */
  public MetadataCache(
      long heapBytes, long listingBytes, Duration attributeTimeout, Duration negativeTimeout) {
    long entries = Math.max(1000, heapBytes / BYTES_PER_ENTRY);
    this.attributes =
        Caffeine.newBuilder()
            .maximumSize(entries - entries / 3)
            .expireAfterWrite(attributeTimeout)
            .build();
    this.missing =
        Caffeine.newBuilder().maximumSize(entries / 6).expireAfterWrite(negativeTimeout).build();
    this.reportedMissing =
        Caffeine.newBuilder()
            .maximumSize(Math.min(MAX_REPORTED, entries / 6))
            .expireAfterWrite(negativeTimeout)
            .build();
    this.listings =
        Caffeine.newBuilder()
            .maximumSize(MAX_LISTINGS)
            // In the calling thread: its memory is wanted now.
            .executor(Runnable::run)
            .removalListener(
                (RailPath path, PackedListing listing, RemovalCause cause) -> {
                  listing.forget();
                  // The next one must not be older.
                  doubts.add(path, listing.begunNanos());
                  listing.release();
                })
            .build();
    this.memory = new ListingMemory(listingBytes, this::dropListings);
    this.listingNanos = attributeTimeout.toNanos();
    this.negativeNanos = negativeTimeout.toNanos();
  }

  /** Drops the listings of least use that nobody has open. */
  private boolean dropListings(long bytes) {
    long before = memory.used();
    listings.cleanUp();
    Map<RailPath, PackedListing> coldest =
        listings.policy().eviction().orElseThrow().coldest(DROP_CANDIDATES);
    for (Map.Entry<RailPath, PackedListing> one : coldest.entrySet()) {
      if (before - memory.used() >= bytes) {
        break;
      }
      if (one.getValue().isHeldOnce()) {
        listings.asMap().remove(one.getKey(), one.getValue());
      }
    }
    return memory.used() < before;
  }

  /**
   * What is known of a path.
   *
   * @return null where nothing is known; empty where the path is known not to exist
   */
  public Optional<Attributes> find(RailPath path) {
    PackedListing listing = path.isRoot() ? null : listings.getIfPresent(path.parent());
    if (listing != null && isGood(listing)) {
      // Looked at first: what is complete now was so before the name was not found. While a listing
      // is good nobody asks for a name in it, so it is newer than what is known of single names.
      boolean tellsAbsence = tellsAbsence(listing);
      Attributes entry = listing.find(path.nameLatin1());
      if (entry != null || tellsAbsence) {
        Optional<Attributes> later = isOutdated(path.parent(), listing) ? single(path) : null;
        return later == null ? Optional.ofNullable(entry) : later;
      }
    }
    return single(path);
  }

  private Optional<Attributes> single(RailPath path) {
    Attributes single = attributes.getIfPresent(path);
    if (single != null) {
      return Optional.of(single);
    }
    return missing.getIfPresent(path) == null ? null : Optional.empty();
  }

  /**
   * Whether something of this directory was learnt after the listing was begun: names were asked
   * for while it was on its way.
   */
  public boolean isOutdated(RailPath directory, PackedListing listing) {
    long since = doubts.sinceNanos(directory);
    return since >= 0 && since < listing.ageNanos();
  }

  /** Whether a name that is not in this listing is known not to exist. */
  public boolean tellsAbsence(PackedListing listing) {
    return listing.isComplete() && listing.ageNanos() < negativeNanos;
  }

  /** How long a listing is believed; 0 where none is. */
  public long listingNanos() {
    return listingNanos;
  }

  /**
   * Whether a listing that somebody remembers may still answer. One that takes the UFS longer than
   * names are believed is good until it is whole, and for the same time again: else each of its
   * names would be asked for by itself.
   */
  public boolean isGood(PackedListing listing) {
    return !listing.isForgotten() && listingNanos > 0 && isYoung(listing);
  }

  private boolean isYoung(PackedListing listing) {
    long age = listing.ageNanos();
    return age < listingNanos
        || (listing.isComplete() ? age < 2 * listing.tookNanos() : listing.isOnItsWay());
  }

  /**
   * What a listing of this directory that a worker remembers must be like. It may use up half of
   * the time that listings are believed here, so that it is good for the other half.
   */
  public Freshness freshness(RailPath directory) {
    long most = TimeUnit.NANOSECONDS.toMillis(listingNanos / 2);
    long sinceNanos = doubts.sinceNanos(directory);
    long since = Math.max(0, TimeUnit.NANOSECONDS.toMillis(sinceNanos));
    boolean isJustLearnt = sinceNanos >= 0 && since == 0;
    return most == 0 || isJustLearnt ? Freshness.NOW : new Freshness(most, since);
  }

  /** Whether a listing that a worker remembers may be from before the last change of this. */
  private boolean isRecent(Attributes attributes) {
    long changed = Math.max(attributes.mtimeNanos(), attributes.ctimeNanos());
    long ago = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) - changed;
    return ago < listingNanos + SKEW_NANOS;
  }

  /** The kernel got to know that there is no such name. */
  public void reportedMissing(RailPath path) {
    reportedMissing.put(path, Boolean.TRUE);
  }

  /** Takes out the names that were reported missing to the kernel, of those that are meant. */
  public List<RailPath> takeReportedMissing(RailPath top, boolean recursive) {
    List<RailPath> paths = new ArrayList<>();
    for (RailPath path : reportedMissing.asMap().keySet()) {
      if (isMeant(path, top, recursive)) {
        reportedMissing.invalidate(path);
        paths.add(path);
      }
    }
    return paths;
  }

  private static boolean isMeant(RailPath path, RailPath top, boolean recursive) {
    return recursive ? path.isWithin(top) : path.equals(top) || path.isChildOf(top);
  }

  /**
   * Names of this directory that were said to be missing and are in this listing; from now on
   * nothing is said of them but by the listing.
   *
   * @return with one char for each byte
   */
  public List<String> appeared(RailPath directory, PackedListing listing) {
    List<String> names = new ArrayList<>();
    for (RailPath path : reportedMissing.asMap().keySet()) {
      if (path.isChildOf(directory) && listing.find(path.nameLatin1()) != null) {
        reportedMissing.invalidate(path);
        missing.invalidate(path);
        names.add(path.nameLatin1());
      }
    }
    return names;
  }

  /**
   * Forgets what is known of a path, of the entries of its directory and, where wanted, of all that
   * is below.
   */
  public Dropped drop(RailPath top, boolean recursive) {
    doubts.add(top.parent());
    if (recursive) {
      doubts.addTree(top);
    } else {
      doubts.add(top);
    }
    raise(drops::incrementAndGet);
    long names = drop(attributes, top, recursive) + drop(missing, top, recursive);
    long lists = drop(listings, top, recursive);
    if (!top.isRoot() && listings.getIfPresent(top.parent()) != null) {
      listings.invalidate(top.parent());
      lists++;
    }
    return new Dropped(lists, names);
  }

  /**
   * What was dropped.
   *
   * @param listings of directories
   * @param attributes of single names, missing ones included
   */
  public record Dropped(long listings, long attributes) {}

  private static long drop(Cache<RailPath, ?> cache, RailPath top, boolean recursive) {
    long count = 0;
    for (RailPath path : cache.asMap().keySet()) {
      if (isMeant(path, top, recursive)) {
        cache.invalidate(path);
        count++;
      }
    }
    return count;
  }

  /**
   * Takes in what a worker has answered, unless the path was forgotten since the worker was asked.
   *
   * @param asked what {@link #forgets} was before that
   */
  public void put(RailPath path, Attributes answer, int asked) {
    answering.readLock().lock();
    try {
      if (forgets(path) == asked) {
        if (isRecent(answer)) {
          doubts.add(path.parent());
          doubts.add(path);
        }
        attributes.put(path, answer);
        missing.invalidate(path);
      }
    } finally {
      answering.readLock().unlock();
    }
  }

  /** The same for the answer that there is no such path. */
  public void putMissing(RailPath path, int asked) {
    answering.readLock().lock();
    try {
      if (forgets(path) == asked) {
        doubts.add(path.parent());
        missing.put(path, Boolean.TRUE);
        attributes.invalidate(path);
      }
    } finally {
      answering.readLock().unlock();
    }
  }

  /** An empty listing, which the caller fills and releases; not in the cache yet. */
  public PackedListing newListing() {
    return new PackedListing(memory, false);
  }

  /** The same, for one that is given up where the directory has too many entries. */
  public PackedListing newLimitedListing() {
    return new PackedListing(memory, true);
  }

  /** Whether a listing of this directory answers, whole or as far as it has come. */
  public boolean hasListing(RailPath directory) {
    PackedListing known = listings.getIfPresent(directory);
    return known != null && isGood(known);
  }

  /**
   * The listing of a directory, retained for the caller, or null where none is known that comes
   * whole.
   */
  public PackedListing acquireListing(RailPath directory) {
    PackedListing known = listings.getIfPresent(directory);
    return known != null && isGood(known) && !known.mayBeCut() && known.tryRetain() ? known : null;
  }

  /**
   * Puts a listing in that is being filled, unless another one is there; one that comes whole takes
   * the place of one that may be cut.
   *
   * @return the one that is there now, retained for the caller
   */
  public PackedListing shareListing(RailPath directory, PackedListing fresh) {
    while (true) {
      // For the cache, and for the caller.
      fresh.tryRetain();
      fresh.tryRetain();
      PackedListing other = listings.asMap().putIfAbsent(directory, fresh);
      if (other == null) {
        return fresh;
      }
      fresh.release();
      fresh.release();
      boolean serves = fresh.mayBeCut() || !other.mayBeCut();
      if (serves && isGood(other) && other.tryRetain()) {
        return other;
      }
      listings.asMap().remove(directory, other);
    }
  }

  /** Forgets a listing that turned out not to be good. */
  public void forgetListing(RailPath directory, PackedListing listing) {
    listings.asMap().remove(directory, listing);
  }

  /** Bytes of all listings. */
  long listingBytes() {
    return memory.used();
  }

  /**
   * Changes when a path is forgotten or dropped, and sometimes when another one is: what was found,
   * or asked for, before is not to be believed after it.
   */
  public int forgets(RailPath path) {
    // Neither part ever goes down, so the sum changes with each of them.
    return forgets.get(slot(path)) + drops.get();
  }

  /** How often {@link #drop} was called. Raised before anything is dropped. */
  public int drops() {
    return drops.get();
  }

  private void raise(Runnable count) {
    answering.writeLock().lock();
    try {
      count.run();
    } finally {
      answering.writeLock().unlock();
    }
  }

  private static int slot(RailPath path) {
    int hash = path.hashCode();
    return (hash ^ hash >>> 16) & FORGETS - 1;
  }

  /**
   * Forgets a path and its directory's listing: somebody has found that they are not true any more.
   */
  public void forget(RailPath path) {
    doubts.add(path);
    doubts.add(path.parent());
    raise(() -> forgets.incrementAndGet(slot(path)));
    attributes.invalidate(path);
    missing.invalidate(path);
    listings.invalidate(path.parent());
  }
}
