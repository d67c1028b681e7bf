// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A piece of memory that calls are given the address of. For one thread at a time. */
final class Scratch {
  static final MemoryIO MEMORY = MemoryIO.getInstance();

  private final ByteBuffer bytes;
  private final long address;

  Scratch(int size) {
    bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    address = MEMORY.getDirectBufferAddress(bytes);
  }

  long address() {
    return address;
  }

  /** Of a byte in it. */
  long address(int offset) {
    return address + offset;
  }

  ByteBuffer bytes() {
    return bytes;
  }

  Scratch cleared() {
    for (int i = 0; i < bytes.capacity(); i++) {
      bytes.put(i, (byte) 0);
    }
    return this;
  }
}
