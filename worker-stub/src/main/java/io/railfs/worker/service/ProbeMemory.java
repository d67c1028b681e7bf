// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ErrorCode;
import java.nio.ByteBuffer;
import java.util.Random;

/**
 * The bytes that answer every PROBE: one piece of memory for all connections, made at the first
 * probe and kept, so that a probe allocates nothing however often it is asked.
 */
final class ProbeMemory {
  /** Largest probe, in bytes; as large as the largest fetch of a stream. */
  static final int LIMIT = 1 << 20;

  private ProbeMemory() {}

  /** Made when it is needed first. */
  private static final class Holder {
    static final ByteBuf BYTES = make();
  }

  /** Bytes that no network compresses. */
  private static ByteBuf make() {
    byte[] noise = new byte[LIMIT];
    new Random(0).nextBytes(noise);
    ByteBuffer memory = ByteBuffer.allocateDirect(LIMIT);
    memory.put(noise).flip();
    return Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(memory.asReadOnlyBuffer()));
  }

  /**
   * As many bytes as asked for; to be released or not, it makes no difference.
   *
   * @param length as it came from the wire, unsigned
   */
  static ByteBuf slice(int length) throws ProtocolException {
    if (length <= 0 || length > LIMIT) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST, "the length of a probe is not between 1 and " + LIMIT);
    }
    return Holder.BYTES.slice(0, length);
  }
}
