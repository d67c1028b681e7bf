// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import jnr.ffi.Pointer;
import jnr.ffi.types.size_t;

/**
 * The functions of libfuse 2.9 that mount and unmount (fuse_lowlevel.h and fuse.h of that release).
 * Bound by jnr; every name is that of the C function.
 */
public interface LibFuse2 {
  /**
   * Parses the options, mounts, and makes a session; NULL after an error, which is written to
   * stderr.
   */
  Pointer fuse_setup(
      int argc,
      Pointer argv,
      Pointer op,
      @size_t long opSize,
      Pointer mountpoint,
      Pointer multithreaded,
      Pointer userData);

  Pointer fuse_get_session(Pointer fuse);

  Pointer fuse_session_next_chan(Pointer session, Pointer channel);

  int fuse_chan_fd(Pointer channel);

  /** Unmounts, if still mounted, and frees everything that fuse_setup made. */
  void fuse_teardown(Pointer fuse, Pointer mountpoint);
}
