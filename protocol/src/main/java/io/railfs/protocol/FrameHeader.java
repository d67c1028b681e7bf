// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import io.netty.buffer.ByteBuf;
import io.railfs.protocol.messages.ErrorCode;

/**
 * The fixed part of every frame, big-endian:
 *
 * <pre>
 *   0       4    5     6        8            16           20              24            28
 *   +-------+----+-----+--------+------------+------------+---------------+-------------+
 *   | magic |ver |flags| opcode | request id | body bytes | payload bytes | control crc |
 *   +-------+----+-----+--------+------------+------------+---------------+-------------+
 * </pre>
 *
 * The control crc is the CRC32C of bytes 0 to 23 and of the body. The payload has checksums of its
 * own, one a chunk.
 *
 * @param version wire version of the sender, unsigned
 * @param flags see {@link #RESPONSE}, {@link #ERROR}, {@link #MORE}
 * @param opcode number of the {@link Opcode}; may be one that this release does not know
 * @param requestId chosen by the client, unique among its requests in flight on the connection
 * @param bodyLength bytes of the protobuf body
 * @param payloadLength bytes of the raw payload behind the body
 * @param controlCrc CRC32C that guards header and body
 */
public record FrameHeader(
    int version,
    int flags,
    int opcode,
    long requestId,
    int bodyLength,
    int payloadLength,
    int controlCrc) {

  /** "RAIL". */
  public static final int MAGIC = 0x5241494C;

  /** The wire version that this release speaks. */
  public static final int VERSION = 1;

  /** Bytes of a header. */
  public static final int LENGTH = 28;

  /** Bytes of the header that the control crc covers. */
  static final int GUARDED_LENGTH = 24;

  /** Set on what a worker sends. */
  public static final int RESPONSE = 1;

  /** The body is an ErrorReply. */
  public static final int ERROR = 2;

  /** Further replies to the same request follow. */
  public static final int MORE = 4;

  /**
   * Largest body that is read: a listing travels in several replies well below it, every other body
   * holds a path of at most {@link RailPath#MAX_LENGTH} bytes or a few kilobytes of checksums.
   */
  public static final int MAX_BODY_LENGTH = 1 << 20;

  /**
   * Largest body of a request: the longest are 4,096 blocks of a file, which take less than half.
   */
  public static final int MAX_REQUEST_LENGTH = 64 << 10;

  /** Largest payload: one block of the largest block size. */
  public static final int MAX_PAYLOAD_LENGTH = Chunks.MAX_BLOCK_SIZE;

  static final int VERSION_OFFSET = 4;
  private static final int FLAGS_OFFSET = 5;
  private static final int OPCODE_OFFSET = 6;
  private static final int REQUEST_ID_OFFSET = 8;
  private static final int BODY_LENGTH_OFFSET = 16;
  private static final int PAYLOAD_LENGTH_OFFSET = 20;
  private static final int CONTROL_CRC_OFFSET = 24;

  public boolean isResponse() {
    return (flags & RESPONSE) != 0;
  }

  public boolean isError() {
    return (flags & ERROR) != 0;
  }

  public boolean hasMore() {
    return (flags & MORE) != 0;
  }

  /**
   * Refuses a stream of something else at its first bytes, instead of waiting for a header's worth
   * of them.
   */
  static void checkStart(ByteBuf in) throws ProtocolException {
    int start = in.readerIndex();
    if (in.readableBytes() >= Integer.BYTES && in.getInt(start) != MAGIC) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST, "not a RailFS frame: magic is missing");
    }
    if (in.readableBytes() > VERSION_OFFSET) {
      int version = in.getUnsignedByte(start + VERSION_OFFSET);
      if (version != VERSION) {
        throw new ProtocolException(
            ErrorCode.UNSUPPORTED_VERSION,
            "wire version " + version + " is not spoken here, only " + VERSION);
      }
    }
  }

  /** This header, whose lengths are within the limits; refused otherwise. */
  FrameHeader checked(int maxBodyLength, int maxPayloadLength) throws ProtocolException {
    checkLength("body", bodyLength, maxBodyLength);
    checkLength("payload", payloadLength, maxPayloadLength);
    return this;
  }

  private static void checkLength(String part, int length, int limit) throws ProtocolException {
    if (length < 0 || length > limit) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST,
          part + " of " + Integer.toUnsignedString(length) + " bytes, the limit is " + limit);
    }
  }

  /** Writes everything but the control crc, which {@link #setControlCrc} fills in. */
  static void writeUnguarded(
      ByteBuf out, int flags, int opcode, long requestId, int bodyLength, int payloadLength) {
    out.writeInt(MAGIC);
    out.writeByte(VERSION);
    out.writeByte(flags);
    out.writeShort(opcode);
    out.writeLong(requestId);
    out.writeInt(bodyLength);
    out.writeInt(payloadLength);
    out.writeInt(0);
  }

  static void setControlCrc(ByteBuf frame, int start, int crc) {
    frame.setInt(start + CONTROL_CRC_OFFSET, crc);
  }

  /** Reads the header at {@code start} without checking or consuming anything. */
  static FrameHeader read(ByteBuf in, int start) {
    return new FrameHeader(
        in.getUnsignedByte(start + VERSION_OFFSET),
        in.getUnsignedByte(start + FLAGS_OFFSET),
        in.getUnsignedShort(start + OPCODE_OFFSET),
        in.getLong(start + REQUEST_ID_OFFSET),
        in.getInt(start + BODY_LENGTH_OFFSET),
        in.getInt(start + PAYLOAD_LENGTH_OFFSET),
        in.getInt(start + CONTROL_CRC_OFFSET));
  }
}
