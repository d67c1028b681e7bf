// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.railfs.protocol.messages.ReadReply;
import io.railfs.protocol.messages.StatRequest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** Frames as bytes, made here without the code under test where that is the point. */
final class Wire {
  private Wire() {}

  /** A header with its control crc, by hand, and the body. */
  static byte[] frame(
      int version, int flags, int opcode, long id, int bodyLength, int payloadLength, byte[] body) {
    ByteBuffer frame = ByteBuffer.allocate(28 + body.length).order(ByteOrder.BIG_ENDIAN);
    frame.put(new byte[] {'R', 'A', 'I', 'L'});
    frame.put((byte) version).put((byte) flags).putShort((short) opcode).putLong(id);
    frame.putInt(bodyLength).putInt(payloadLength);
    CRC32C crc = new CRC32C();
    crc.update(frame.array(), 0, 24);
    crc.update(body);
    frame.putInt((int) crc.getValue()).put(body);
    return frame.array();
  }

  static byte[] statRequest(long id, String path) {
    StatRequest body =
        StatRequest.newBuilder().setPath(com.google.protobuf.ByteString.copyFromUtf8(path)).build();
    return bytes(Frame.request(UnpooledByteBufAllocator.DEFAULT, Opcode.STAT, id, body));
  }

  /** A reply to a READ with its payload. */
  static byte[] readReply(long id, byte[] payload) {
    ReadReply.Builder body = ReadReply.newBuilder();
    for (int sum : Checksums.ofChunks(ByteBuffer.wrap(payload))) {
      body.addChunkCrc32C(sum);
    }
    ByteBuf head =
        Frame.reply(
            UnpooledByteBufAllocator.DEFAULT, Opcode.READ, id, body.build(), false, payload.length);
    return bytes(Unpooled.wrappedBuffer(head, Unpooled.wrappedBuffer(payload)));
  }

  private static byte[] bytes(ByteBuf buffer) {
    try {
      return ByteBufUtil.getBytes(buffer);
    } finally {
      buffer.release();
    }
  }
}
