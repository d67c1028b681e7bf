// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

/** A listing whose failures on the way are counted. */
record WatchedListing(Listing listing, UfsHealth health) implements Listing {
  @Override
  public Entry next() throws UfsException {
    try {
      return listing.next();
    } catch (UfsException e) {
      health.failed(e);
      throw e;
    }
  }

  @Override
  public Watch watch() {
    return listing.watch();
  }

  @Override
  public void close() {
    listing.close();
  }
}
