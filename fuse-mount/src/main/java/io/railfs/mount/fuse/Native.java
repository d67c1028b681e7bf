// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;

/** Native memory by address, without an object for each pointer. Thread-safe: no state. */
final class Native {
  private static final MemoryIO MEMORY = MemoryIO.getInstance();

  private Native() {}

  static int getInt(long address) {
    return MEMORY.getInt(address);
  }

  static void putInt(long address, int value) {
    MEMORY.putInt(address, value);
  }

  static long getLong(long address) {
    return MEMORY.getLong(address);
  }

  static void putLong(long address, long value) {
    MEMORY.putLong(address, value);
  }

  static void putBytes(long address, byte[] bytes, int start, int count) {
    MEMORY.putByteArray(address, bytes, start, count);
  }

  static void getBytes(long address, byte[] bytes, int count) {
    MEMORY.getByteArray(address, bytes, 0, count);
  }

  /** Bytes from there to a NUL; -1 where there is none within so many. */
  static int textLength(long address, int most) {
    int length = (int) MEMORY.indexOf(address, (byte) 0, most);
    return length < 0 || length >= most ? -1 : length;
  }

  static void putByte(long address, int value) {
    MEMORY.putByte(address, (byte) value);
  }

  static void zero(long address, long count) {
    MEMORY.setMemory(address, count, (byte) 0);
  }

  /** Of the first byte of direct memory, wherever its position is. */
  static long address(ByteBuffer direct) {
    return MEMORY.getDirectBufferAddress(direct);
  }
}
