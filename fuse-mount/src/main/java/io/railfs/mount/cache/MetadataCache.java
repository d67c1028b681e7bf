package io.railfs.mount.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.Optional;

/**
 * Attributes and listings, each for a time that the conf sets. Thread-safe.
 *
 * <p>A cached listing answers for the names in it and, by their absence, for all others of its
 * directory.
 */
public final class MetadataCache {
  /**
   * Bytes of heap for one cached path with attributes: measured order of magnitude, keys and policy
   * included.
   */
  private static final int BYTES_PER_ENTRY = 250;

  private final Cache<RailPath, Attributes> attributes;
  private final Cache<RailPath, Boolean> missing;
  private final Cache<RailPath, Listing> listings;

  /**
   * @param heapBytes what all of it may occupy, about
   * @param attributeTimeout how long attributes and listings are believed
   * @param negativeTimeout how long the absence of a name is believed
   */
  public MetadataCache(long heapBytes, Duration attributeTimeout, Duration negativeTimeout) {
    long entries = Math.max(1000, heapBytes / BYTES_PER_ENTRY);
    this.attributes =
        Caffeine.newBuilder().maximumSize(entries / 5).expireAfterWrite(attributeTimeout).build();
    this.missing =
        Caffeine.newBuilder().maximumSize(entries / 10).expireAfterWrite(negativeTimeout).build();
    this.listings =
        Caffeine.newBuilder()
            .maximumWeight(entries - entries / 5 - entries / 10)
            .weigher((RailPath path, Listing listing) -> listing.size() + 1)
            .expireAfterWrite(attributeTimeout)
            .build();
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
    if (missing.getIfPresent(path) != null) {
      return Optional.empty();
    }
    Listing listing = path.isRoot() ? null : listings.getIfPresent(path.parent());
    return listing == null ? null : Optional.ofNullable(listing.find(path.nameLatin1()));
  }

  public void put(RailPath path, Attributes known) {
    attributes.put(path, known);
    missing.invalidate(path);
  }

  public void putMissing(RailPath path) {
    missing.put(path, Boolean.TRUE);
    attributes.invalidate(path);
  }

  /** The listing of a directory, or null where none is known. */
  public Listing findListing(RailPath directory) {
    return listings.getIfPresent(directory);
  }

  public void putListing(RailPath directory, Listing listing) {
    listings.put(directory, listing);
  }

  /**
   * Forgets a path and its directory's listing: somebody has found that they are not true any more.
   */
  public void forget(RailPath path) {
    attributes.invalidate(path);
    missing.invalidate(path);
    listings.invalidate(path.parent());
  }
}
