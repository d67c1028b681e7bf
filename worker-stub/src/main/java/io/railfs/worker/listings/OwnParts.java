// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.listings;

import io.railfs.protocol.RailPath;
import io.railfs.worker.ufs.Listing;
import io.railfs.worker.ufs.UfsException;

/** Reads the UFS for one asker, at his pace, and keeps nothing. */
final class OwnParts implements Parts {
  private final RememberedListings owner;
  private final RailPath path;
  private Listing listing;

  OwnParts(RememberedListings owner, RailPath path) {
    this.owner = owner;
    this.path = path;
  }

  @Override
  public boolean isAtHand() {
    return false;
  }

  @Override
  public Part next(Runnable later) throws UfsException {
    if (listing == null) {
      listing = owner.ufs().list(path);
    }
    return Part.read(listing);
  }

  @Override
  public void close() {
    if (listing != null) {
      listing.close();
    }
  }
}
