// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

/** Arithmetic of chunks and blocks. All values are bytes unless a name says otherwise. */
public final class Chunks {
  /** The smallest thing fetched and the unit of checksums. */
  public static final int SIZE = 16 << 10;

  /** Blocks are a power of two between these. */
  public static final int MIN_BLOCK_SIZE = 128 << 10;

  public static final int MAX_BLOCK_SIZE = 64 << 20;

  private Chunks() {}

  /** How many chunks hold {@code length} bytes that start at a chunk boundary. */
  public static int count(long length) {
    return Math.toIntExact((length + SIZE - 1) / SIZE);
  }

  /** The largest chunk boundary at or below {@code offset}. */
  public static long alignDown(long offset) {
    return offset & -SIZE;
  }

  /** The smallest chunk boundary at or above {@code offset}. */
  public static long alignUp(long offset) {
    return (offset + SIZE - 1) & -SIZE;
  }

  /** Whether a worker may use this block size. */
  public static boolean isBlockSize(long size) {
    return size >= MIN_BLOCK_SIZE && size <= MAX_BLOCK_SIZE && Long.bitCount(size) == 1;
  }

  /**
   * Bytes of block {@code index} of a file, which is short for the last one and 0 behind the end.
   */
  public static int blockLength(long fileSize, int blockSize, long index) {
    return (int) Math.max(0, Math.min(blockSize, fileSize - index * blockSize));
  }
}
