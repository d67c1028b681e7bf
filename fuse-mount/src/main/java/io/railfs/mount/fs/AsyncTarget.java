package io.railfs.mount.fs;

import io.railfs.mount.cache.PageTarget;

/** Where a read goes that is answered later, by whatever thread brings its bytes. */
public interface AsyncTarget {
  /** Where the bytes go, for the thread that asks. */
  PageTarget target();

  /**
   * Ends the read, once; nothing is done with it afterwards.
   *
   * @param failure why there are no bytes, or null where the target was finished
   */
  void end(OpenFile file, Throwable failure);
}
