package io.railfs.mount.fs;

import io.railfs.mount.cache.PageTarget;

/** Where the bytes of a read go, now or later. */
public interface ReadTarget extends PageTarget {
  /**
   * The way to answer this read later, from another thread; null where its thread has to wait. The
   * thread that takes it answers, and this target must not be touched any more.
   */
  default AsyncTarget later() {
    return null;
  }
}
