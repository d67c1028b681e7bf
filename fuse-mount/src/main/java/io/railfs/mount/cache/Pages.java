// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import io.railfs.protocol.Chunks;

/**
 * Arithmetic of pages. A page is {@link #SIZE} bytes of one file version, made of {@link #CHUNKS}
 * chunks.
 */
public final class Pages {
  /**
   * Bytes of a page: one 128 KiB request of a kernel without large requests, an eighth of one with
   * them.
   */
  public static final int SIZE = 128 << 10;

  /** Chunks in a page; a set of them is the low bits of an int. */
  public static final int CHUNKS = SIZE / Chunks.SIZE;

  private Pages() {}

  /** Which page of its file holds the byte at {@code offset}. */
  public static long index(long offset) {
    return offset / SIZE;
  }

  /** Bytes of page {@code index} in a file of {@code fileSize} bytes; short for the last one. */
  public static int length(long fileSize, long index) {
    return (int) Math.min(SIZE, fileSize - index * SIZE);
  }

  /**
   * The set of chunks that hold the bytes from {@code start} to {@code end} of a page.
   *
   * @param start first byte, within the page
   * @param end after the last byte, at most {@link #SIZE}
   */
  public static int chunks(int start, int end) {
    int first = start / Chunks.SIZE;
    int count = (end + Chunks.SIZE - 1) / Chunks.SIZE - first;
    return ((1 << count) - 1) << first;
  }
}
