// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import java.nio.ByteBuffer;

/**
 * Where the bytes of a read go. Used by one thread at a time. What was put may be copied at once or
 * when the read is finished: until then the pages are held.
 */
public interface PageTarget {
  /**
   * Takes bytes, in ascending order of position and without gaps.
   *
   * @param position bytes from the start of the read's buffer
   * @param source direct memory, whose position and limit mean nothing and stay alone
   * @param start first byte in {@code source}
   * @param count bytes
   */
  void put(int position, ByteBuffer source, int start, int count);

  /**
   * Ends the read: all bytes were put. Not called after an error. Afterwards what was put must not
   * be touched any more.
   *
   * @param count bytes in all, 0 at the end of the file
   */
  void finish(int count);
}
