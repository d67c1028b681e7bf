package io.railfs.mount.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Attributes and listings, each for a time that the conf sets. Thread-safe.
 *
 * <p>A cached listing answers for the names in it and, by their absence, for all others of its
 * directory; the latter only as long as an absence is believed.
 */
public final class MetadataCache {
  /**
   * Bytes of heap for one cached path with attributes: measured order of magnitude, keys and policy
   * included.
   */
  private static final int BYTES_PER_ENTRY = 250;

  /** A bound that is never reached: listings are bounded by their bytes. */
  private static final long MOST_LISTINGS = 1L << 30;

  /** Listings looked at in one search for some to drop. */
  private static final int DROP_CANDIDATES = 256;

  private final Cache<RailPath, Attributes> attributes;
  private final Cache<RailPath, Boolean> missing;
  private final Cache<RailPath, Listing> listings;
  private final ListingMemory memory;
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
        Caffeine.newBuilder().maximumSize(entries / 3).expireAfterWrite(negativeTimeout).build();
    this.listings =
        Caffeine.newBuilder()
            .maximumSize(MOST_LISTINGS)
            .expireAfterWrite(attributeTimeout)
            // In the calling thread: its memory is wanted now.
            .executor(Runnable::run)
            .removalListener(
                (RailPath path, Listing listing, RemovalCause cause) -> listing.release())
            .build();
    this.memory = new ListingMemory(listingBytes, this::dropListings);
    this.negativeNanos = negativeTimeout.toNanos();
  }

  /** Drops the listings of least use that nobody has open. */
  private boolean dropListings(long bytes) {
    long before = memory.used();
    listings.cleanUp();
    Map<RailPath, Listing> coldest =
        listings.policy().eviction().orElseThrow().coldest(DROP_CANDIDATES);
    for (Map.Entry<RailPath, Listing> one : coldest.entrySet()) {
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
    Attributes known = attributes.getIfPresent(path);
    if (known != null) {
      return Optional.of(known);
    }
    Listing listing = path.isRoot() ? null : listings.getIfPresent(path.parent());
    if (listing != null) {
      // Looked at first: what is complete now was so before the name was not found.
      boolean tellsAbsence = listing.isComplete() && listing.ageNanos() < negativeNanos;
      Attributes entry = listing.find(path.nameLatin1());
      if (entry != null || tellsAbsence) {
        return Optional.ofNullable(entry);
      }
    }
    return missing.getIfPresent(path) == null ? null : Optional.empty();
  }

  public void put(RailPath path, Attributes known) {
    attributes.put(path, known);
    missing.invalidate(path);
  }

  public void putMissing(RailPath path) {
    missing.put(path, Boolean.TRUE);
    attributes.invalidate(path);
  }

  /** An empty listing, which the caller fills and releases; not in the cache yet. */
  public Listing newListing() {
    return new Listing(memory);
  }

  /** The listing of a directory, retained for the caller, or null where none is known. */
  public Listing acquireListing(RailPath directory) {
    Listing known = listings.getIfPresent(directory);
    return known != null && known.tryRetain() ? known : null;
  }

  /**
   * Puts a listing in that is being filled, unless another one is there.
   *
   * @return the one that is there now, retained for the caller
   */
  public Listing shareListing(RailPath directory, Listing fresh) {
    while (true) {
      // For the cache, and for the caller.
      fresh.tryRetain();
      fresh.tryRetain();
      Listing other = listings.asMap().putIfAbsent(directory, fresh);
      if (other == null) {
        return fresh;
      }
      fresh.release();
      fresh.release();
      if (other.tryRetain()) {
        return other;
      }
      listings.asMap().remove(directory, other);
    }
  }

  /** Forgets a listing that turned out not to be good. */
  public void forgetListing(RailPath directory, Listing listing) {
    listings.asMap().remove(directory, listing);
  }

  /** Bytes of all listings. */
  long listingBytes() {
    return memory.used();
  }

  /**
   * Forgets a path and its directory's listing: somebody has found that they are not true any more.
   */
  public void forget(RailPath path) {
    attributes.invalidate(path);
    missing.invalidate(path);
    listings.invalidate(path.parent());
  }

  /** What {@link #drop} has dropped. */
  public record Dropped(long listings, long attributes) {}

  /**
   * Forgets a path, the listing that tells of it, and what it holds.
   *
   * @param recursive whether everything below goes too, or the entries directly in it alone
   */
  public Dropped drop(RailPath path, boolean recursive) {
    long before = attributes.estimatedSize() + missing.estimatedSize();
    long lists = listings.estimatedSize();
    Predicate<RailPath> isMeant =
        one -> one.equals(path) || (recursive ? isBelow(one, path) : one.parent().equals(path));
    attributes.asMap().keySet().removeIf(isMeant);
    missing.asMap().keySet().removeIf(isMeant);
    listings
        .asMap()
        .keySet()
        .removeIf(
            one ->
                one.equals(path) || one.equals(path.parent()) || (recursive && isBelow(one, path)));
    return new Dropped(
        Math.max(0, lists - listings.estimatedSize()),
        Math.max(0, before - attributes.estimatedSize() - missing.estimatedSize()));
  }

  private static boolean isBelow(RailPath one, RailPath path) {
    return path.isRoot() || one.latin1().startsWith(path.latin1() + "/");
  }
}
