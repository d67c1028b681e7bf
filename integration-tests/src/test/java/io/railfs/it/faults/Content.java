// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What the files of the stage hold: a function of the sample, its generation and the offset. So any
 * range can be checked without the file at hand, and bytes of another place, file or generation are
 * told from the right ones.
 */
final class Content {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;
  private static final int WORD = 8;
  private static final int PIECE = 1 << 16;

  private Content() {}

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private static long seed(Sample sample, int generation) {
    return mix((((long) sample.number() + 1) << 32) + generation);
  }

  private static long word(long seed, long index) {
    return mix(seed + index * GOLDEN);
  }

  /** Fills the buffer from its position to its limit with what is at this offset. */
  static void fill(ByteBuffer target, Sample sample, int generation, long offset) {
    long seed = seed(sample, generation);
    ByteBuffer buffer = target.slice().order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < buffer.limit(); ) {
      long at = offset + i;
      long word = word(seed, at / WORD);
      int start = (int) (at % WORD);
      if (start == 0 && buffer.limit() - i >= WORD) {
        buffer.putLong(i, word);
        i += WORD;
      } else {
        buffer.put(i, (byte) (word >>> (WORD * start)));
        i++;
      }
    }
    target.position(target.limit());
  }

  /**
   * Where the bytes from the buffer's start to its limit differ first from what should be at this
   * offset; -1: nowhere.
   */
  static int mismatch(ByteBuffer bytes, Sample sample, int generation, long offset) {
    long seed = seed(sample, generation);
    ByteBuffer buffer = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int limit = buffer.limit();
    for (int i = 0; i < limit; ) {
      long at = offset + i;
      long word = word(seed, at / WORD);
      int start = (int) (at % WORD);
      if (start == 0 && limit - i >= WORD && buffer.getLong(i) == word) {
        i += WORD;
      } else if (buffer.get(i) == (byte) (word >>> (WORD * start))) {
        i++;
      } else {
        return i;
      }
    }
    return -1;
  }

  /** The sha256 of a whole file. */
  static String sum(Sample sample, int generation) {
    MessageDigest digest = sha256();
    ByteBuffer piece = ByteBuffer.allocate(PIECE);
    for (long at = 0; at < sample.size(); at += piece.limit()) {
      piece.clear().limit((int) Math.min(PIECE, sample.size() - at));
      fill(piece, sample, generation, at);
      digest.update(piece.flip());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** A whole file. */
  static byte[] bytes(Sample sample, int generation) {
    ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(sample.size()));
    fill(all, sample, generation, 0);
    return all.array();
  }
}
