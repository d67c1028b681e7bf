// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.listings;

import io.railfs.protocol.messages.ListReply;
import io.railfs.worker.ufs.UfsException;
import java.util.concurrent.TimeUnit;

/**
 * Follows a listing that others may follow too, at its own pace. Where that turns out to have no
 * room, it is reported from its start once more, by the UFS: names are reported twice then, which
 * clients expect of a listing that is begun again.
 */
final class FollowedParts implements Parts {
  private final RememberedListings owner;
  private final SharedListing listing;
  private final long ageMillis;
  private int reported;

  /** Null as long as the other is there. */
  private OwnParts own;

  private boolean closed;

  /**
   * @param ageNanos how old the listing was when it was asked for
   */
  FollowedParts(RememberedListings owner, SharedListing listing, long ageNanos) {
    this.owner = owner;
    this.listing = listing;
    // Upwards: never younger than it is.
    this.ageMillis = TimeUnit.NANOSECONDS.toMillis(ageNanos + TimeUnit.MILLISECONDS.toNanos(1) - 1);
  }

  @Override
  public boolean isAtHand() {
    return own == null;
  }

  @Override
  public Part next(Runnable later) throws UfsException {
    if (own != null) {
      return own.next(later);
    }
    Part part;
    long tookNanos;
    boolean lost;
    synchronized (owner) {
      lost = listing.isLost();
      part = lost ? null : listing.part(reported, later);
      tookNanos = listing.tookNanos();
    }
    if (lost) {
      close();
      own = owner.own(listing.path());
      later.run();
      return null;
    }
    return part == null ? null : toSend(part, reported++ == 0, tookNanos);
  }

  private Part toSend(Part part, boolean isFirst, long tookNanos) {
    ListReply.Builder more = ListReply.newBuilder();
    if (isFirst) {
      more.setAgeMillis(ageMillis);
    }
    if (part.isLast()) {
      more.setTookMillis(TimeUnit.NANOSECONDS.toMillis(tookNanos));
    }
    return part.with(more.build());
  }

  @Override
  public void close() {
    synchronized (owner) {
      if (!closed) {
        closed = true;
        owner.leave(listing);
      }
    }
    if (own != null) {
      own.close();
    }
  }
}
