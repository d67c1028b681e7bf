package io.railfs.mount.cache;

/**
 * Key of a page. Mutable only so that a thread can look pages up with one probe of its own instead
 * of an object a read; a key that is stored in the cache is never changed.
 */
final class PageKey {
  private long fileHigh;
  private long fileLow;
  private long index;

  long index() {
    return index;
  }

  PageKey set(FileKey file, long index) {
    this.fileHigh = file.high();
    this.fileLow = file.low();
    this.index = index;
    return this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PageKey key
        && index == key.index
        && fileLow == key.fileLow
        && fileHigh == key.fileHigh;
  }

  @Override
  public int hashCode() {
    // The file's hash is uniform already; the multiplier spreads neighbouring pages over the table.
    long mixed = (fileLow ^ index) * 0x9E3779B97F4A7C15L;
    return (int) (mixed >>> 32);
  }
}
