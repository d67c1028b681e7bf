package io.railfs.mount.cache;

import java.nio.ByteBuffer;

/** Where the bytes of a read go. Used by one thread at a time. */
public interface PageTarget {
  /**
   * Copies bytes in.
   *
   * @param position bytes from the start of the read's buffer
   * @param source direct memory, whose position and limit mean nothing and stay alone
   * @param start first byte in {@code source}
   * @param count bytes
   */
  void put(int position, ByteBuffer source, int start, int count);
}
