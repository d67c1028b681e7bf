package io.railfs.mount.fuse;

import com.kenai.jffi.MemoryIO;
import io.railfs.mount.cache.PageTarget;
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

  /** A read's buffer, as libfuse hands it over. Belongs to one thread. */
  static final class Target implements PageTarget {
    private long address;

    Target at(long bufferAddress) {
      this.address = bufferAddress;
      return this;
    }

    @Override
    public void put(int position, ByteBuffer source, int start, int count) {
      MEMORY.copyMemory(MEMORY.getDirectBufferAddress(source) + start, address + position, count);
    }
  }
}
