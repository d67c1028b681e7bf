package io.railfs.mount.fs;

import io.railfs.mount.cache.Page;

/**
 * What one thread reuses from read to read, so that a read allocates nothing. Belongs to one
 * thread.
 */
public final class ReadScratch {
  private Page[] pages = new Page[16];

  /** An array of at least {@code count} elements, all null. */
  Page[] pages(int count) {
    if (pages.length < count) {
      pages = new Page[count];
    }
    return pages;
  }
}
