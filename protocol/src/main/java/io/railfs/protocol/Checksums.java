// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC32C (Castagnoli), as the JDK computes it with the processor's instructions. Thread-safe: no
 * state.
 */
public final class Checksums {
  private Checksums() {}

  /** CRC32C of what remains in {@code bytes}; its position is left where it was. */
  public static int crc32c(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }

  /**
   * CRC32C of each chunk of what remains in {@code bytes}, the last one perhaps short; position is
   * unchanged.
   */
  public static int[] ofChunks(ByteBuffer bytes) {
    ByteBuffer view = bytes.duplicate();
    int end = view.limit();
    int[] sums = new int[Chunks.count(view.remaining())];
    CRC32C crc = new CRC32C();
    for (int i = 0; i < sums.length; i++) {
      crc.reset();
      view.limit(Math.min(end, view.position() + Chunks.SIZE));
      crc.update(view);
      sums[i] = (int) crc.getValue();
    }
    return sums;
  }

  /**
   * The control crc of a frame whose header starts at {@code headerStart} and whose body is {@code
   * body}.
   */
  static int control(ByteBuf frame, int headerStart, byte[] body) {
    CRC32C crc = new CRC32C();
    for (int i = 0; i < FrameHeader.GUARDED_LENGTH; i++) {
      crc.update(frame.getByte(headerStart + i));
    }
    crc.update(body, 0, body.length);
    return (int) crc.getValue();
  }
}
