package io.railfs.mount.fuse;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Native memory by address, without an object for each pointer. Thread-safe: no state. */
final class Native {
  private static final MemoryIO MEMORY = MemoryIO.getInstance();

  private Native() {}

  /** The bytes of a C string, one char for each. */
  static String latin1(long address) {
    return new String(MEMORY.getZeroTerminatedByteArray(address), StandardCharsets.ISO_8859_1);
  }

  static int getByte(long address) {
    return MEMORY.getByte(address);
  }

  static int getInt(long address) {
    return MEMORY.getInt(address);
  }

  static void putInt(long address, int value) {
    MEMORY.putInt(address, value);
  }

  static void putShort(long address, int value) {
    MEMORY.putShort(address, (short) value);
  }

  static long getLong(long address) {
    return MEMORY.getLong(address);
  }

  static void putLong(long address, long value) {
    MEMORY.putLong(address, value);
  }

  static void putBytes(long address, byte[] bytes, int count) {
    MEMORY.putByteArray(address, bytes, 0, count);
  }

  static void putByte(long address, int value) {
    MEMORY.putByte(address, (byte) value);
  }

  static void copy(long source, long target, long count) {
    MEMORY.copyMemory(source, target, count);
  }

  static void zero(long address, long count) {
    MEMORY.setMemory(address, count, (byte) 0);
  }

  /** Of the first byte of direct memory, wherever its position is. */
  static long address(ByteBuffer direct) {
    return MEMORY.getDirectBufferAddress(direct);
  }
}
