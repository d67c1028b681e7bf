// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ErrorReply;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Header and body of one frame; the payload, if the header announces one, follows as separate
 * buffers.
 *
 * @param header what the frame is
 * @param body the protobuf message, not parsed yet
 */
public record Frame(FrameHeader header, ByteString body) {

  /**
   * Parses the body. Fails with {@link ProtocolException} where the bytes are not such a message.
   */
  public <M extends Message> M parse(Parser<M> parser) throws ProtocolException {
    try {
      return Bodies.parse(body, parser);
    } catch (InvalidProtocolBufferException e) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST,
          "the body of opcode " + header.opcode() + " is not valid protobuf",
          e);
    }
  }

  /**
   * Header and body of a frame that has come whole.
   *
   * @param bytes of these two alone; the position moves to their end
   * @throws ProtocolException where they are no frame, or damaged
   */
  public static Frame parse(ByteBuffer bytes) throws ProtocolException {
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    FrameHeader.checkStart(in);
    if (in.readableBytes() < FrameHeader.LENGTH) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST, "not a RailFS frame: it ends in its header");
    }
    FrameHeader header = FrameHeader.read(in, 0);
    if (header.bodyLength() != in.readableBytes() - FrameHeader.LENGTH
        || header.payloadLength() < 0
        || header.payloadLength() > FrameHeader.MAX_PAYLOAD_LENGTH) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST, "a frame has other lengths than its header says");
    }
    byte[] body = new byte[header.bodyLength()];
    in.getBytes(FrameHeader.LENGTH, body);
    if (Checksums.control(in, 0, body) != header.controlCrc()) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST, "header or body was damaged on the way: checksum differs");
    }
    bytes.position(bytes.limit());
    return new Frame(header, UnsafeByteOperations.unsafeWrap(body));
  }

  /**
   * Reads the next frame of a stream, one without payload. Blocks.
   *
   * @throws EOFException where the stream ends before
   * @throws ProtocolException where the stream has something else, at its first bytes, or the frame
   *     is damaged
   */
  public static Frame read(InputStream in) throws IOException, ProtocolException {
    DataInputStream stream = new DataInputStream(in);
    byte[] head = new byte[FrameHeader.LENGTH];
    int start = FrameHeader.VERSION_OFFSET + 1;
    stream.readFully(head, 0, start);
    FrameHeader.checkStart(Unpooled.wrappedBuffer(head, 0, start));
    stream.readFully(head, start, FrameHeader.LENGTH - start);
    int bodyLength =
        FrameHeader.read(Unpooled.wrappedBuffer(head), 0)
            .checked(FrameHeader.MAX_BODY_LENGTH, 0)
            .bodyLength();
    byte[] frame = Arrays.copyOf(head, FrameHeader.LENGTH + bodyLength);
    stream.readFully(frame, FrameHeader.LENGTH, bodyLength);
    return parse(ByteBuffer.wrap(frame));
  }

  /** A request without payload. The caller owns the buffer. */
  public static ByteBuf request(
      ByteBufAllocator allocator, Opcode opcode, long requestId, MessageLite body) {
    return encode(allocator, 0, opcode.code(), requestId, body, 0);
  }

  /**
   * Header and body of a reply.
   *
   * @param more whether further replies to the request follow
   * @param payloadLength bytes of payload that the caller sends right behind the returned buffer,
   *     which it owns
   */
  public static ByteBuf reply(
      ByteBufAllocator allocator,
      Opcode opcode,
      long requestId,
      MessageLite body,
      boolean more,
      int payloadLength) {
    int flags = FrameHeader.RESPONSE | (more ? FrameHeader.MORE : 0);
    return encode(allocator, flags, opcode.code(), requestId, body, payloadLength);
  }

  /**
   * A reply without payload, whose body is encoded already.
   *
   * @param more whether further replies to the request follow
   */
  public static ByteBuf reply(
      ByteBufAllocator allocator, Opcode opcode, long requestId, byte[] body, boolean more) {
    int flags = FrameHeader.RESPONSE | (more ? FrameHeader.MORE : 0);
    return encode(allocator, flags, opcode.code(), requestId, body, 0);
  }

  /**
   * A refusal. {@code opcode} is a number, for the request may have carried one that is unknown
   * here.
   */
  public static ByteBuf error(
      ByteBufAllocator allocator, int opcode, long requestId, ErrorCode code, String message) {
    return error(allocator, opcode, requestId, code, message, false);
  }

  /**
   * The same.
   *
   * @param waiting whether the worker goes on with the request all the same
   */
  public static ByteBuf error(
      ByteBufAllocator allocator,
      int opcode,
      long requestId,
      ErrorCode code,
      String message,
      boolean waiting) {
    ErrorReply body =
        ErrorReply.newBuilder().setCode(code).setMessage(message).setWaiting(waiting).build();
    return encode(allocator, FrameHeader.RESPONSE | FrameHeader.ERROR, opcode, requestId, body, 0);
  }

  private static ByteBuf encode(
      ByteBufAllocator allocator,
      int flags,
      int opcode,
      long requestId,
      MessageLite body,
      int payloadLength) {
    return encode(allocator, flags, opcode, requestId, body.toByteArray(), payloadLength);
  }

  private static ByteBuf encode(
      ByteBufAllocator allocator,
      int flags,
      int opcode,
      long requestId,
      byte[] bytes,
      int payloadLength) {
    if (bytes.length > FrameHeader.MAX_BODY_LENGTH) {
      throw new IllegalArgumentException(
          "a body of "
              + bytes.length
              + " bytes exceeds the frame limit of "
              + FrameHeader.MAX_BODY_LENGTH);
    }
    ByteBuf out = allocator.directBuffer(FrameHeader.LENGTH + bytes.length);
    FrameHeader.writeUnguarded(out, flags, opcode, requestId, bytes.length, payloadLength);
    out.writeBytes(bytes);
    FrameHeader.setControlCrc(out, 0, Checksums.control(out, 0, bytes));
    return out;
  }
}
