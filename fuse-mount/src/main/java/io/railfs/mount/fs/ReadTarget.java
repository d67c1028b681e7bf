// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import io.railfs.mount.cache.PageTarget;

/** Where the bytes of a read go, now or later. */
public interface ReadTarget extends PageTarget {
  /**
   * The way to answer this read later, from another thread; null where its thread has to wait. The
   * thread that takes it answers, and this target must not be touched any more.
   */
  default Async later() {
    return null;
  }

  /** Where a read goes that is answered later, by whatever thread brings its bytes. */
  interface Async {
    /** Where the bytes go, for the thread that asks. */
    PageTarget target();

    /**
     * Ends the read, once; nothing is done with it afterwards.
     *
     * @param failure why there are no bytes, or null where the target was finished
     */
    void end(OpenFile file, Throwable failure);
  }
}
