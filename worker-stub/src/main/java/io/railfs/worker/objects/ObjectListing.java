// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.protocol.RailPath;
import io.railfs.worker.ufs.Listing;
import io.railfs.worker.ufs.UfsException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listing that holds one page at a time. */
final class ObjectListing implements Listing {
  private static final Logger log = LoggerFactory.getLogger(ObjectListing.class);

  private final ObjectUfs ufs;
  private final RailPath path;
  private final PageSource pages;
  private final EntryMerge merge;
  private boolean ended;

  /**
   * @param first the first page, already taken from {@code pages}
   */
  ObjectListing(ObjectUfs ufs, RailPath path, PageSource pages, List<RawEntry> first) {
    this.ufs = ufs;
    this.path = path;
    this.pages = pages;
    this.merge = new EntryMerge(ufs::takes);
    first.forEach(merge::add);
  }

  @Override
  public Entry next() throws UfsException {
    for (Entry entry = merge.poll(); ; entry = merge.poll()) {
      if (entry != null || ended) {
        return entry;
      }
      List<RawEntry> page = ufs.page(path, pages);
      if (page != null) {
        page.forEach(merge::add);
      } else {
        merge.end();
        ended = true;
        warnOfLeftOut();
      }
    }
  }

  private void warnOfLeftOut() {
    if (merge.leftOut() > 0) {
      log.warn(
          "{} keys or prefixes in {} have no name that a file system takes, such as '{}'; they are"
              + " not shown",
          merge.leftOut(),
          path,
          merge.firstLeftOut());
    }
  }

  /** Holds nothing but memory. */
  @Override
  public void close() {
    ended = true;
  }
}
