// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import com.google.protobuf.ByteString;
import io.railfs.protocol.messages.ErrorCode;
import java.nio.ByteBuffer;

/**
 * What goes over an RDMA connection: docs/PROTOCOL.md. Each message begins with a head, big-endian:
 *
 * <pre>
 *   0      4             8            16
 *   +------+-------------+------------+----------------------------------+
 *   | kind | frame bytes | request id | frame (header and body), payload |
 *   +------+-------------+------------+----------------------------------+
 * </pre>
 *
 * @param kind {@link #REQUEST}, {@link #ANSWER}, {@link #MORE} or {@link #BROKEN}
 * @param frameBytes of the frame behind the head; 0 in {@link #MORE} and {@link #BROKEN}
 * @param requestId of the request that it is, or belongs to
 */
public record RdmaFormat(int kind, int frameBytes, long requestId) {
  /** Bytes of a head. */
  public static final int LENGTH = 16;

  /** A frame that is a request. */
  public static final int REQUEST = 1;

  /** The frame of an answer, and the first piece of its payload. */
  public static final int ANSWER = 2;

  /** The next piece of an answer's payload. */
  public static final int MORE = 3;

  /** An answer ends here, as the worker cannot read the bytes of the block. */
  public static final int BROKEN = 4;

  /** Bytes of the message of a request at most; one with a longer path goes over TCP. */
  public static final int REQUEST_BYTES = 2 << 10;

  /** Room for head and frame of an answer, whose longest body has checksums. */
  public static final int ANSWER_HEAD_BYTES = 8 << 10;

  /** Bytes of an answer's payload at most; the checksums of more would not fit in. */
  public static final int MAX_PAYLOAD = 16 << 20;

  /** Version of what both sides say when they connect, and of all this. */
  private static final byte VERSION = 1;

  private static final int TOKEN_HALF = 16;

  /**
   * What a client says when it connects.
   *
   * @param token first half of it
   * @param messageBytes of the longest message that it takes
   */
  public record Greeting(ByteString token, int messageBytes) {
    /** For the connection request. */
    public byte[] encode() {
      return ByteBuffer.allocate(1 + TOKEN_HALF + Integer.BYTES)
          .put(VERSION)
          .put(token.asReadOnlyByteBuffer())
          .putInt(messageBytes)
          .array();
    }

    /**
     * Reads one.
     *
     * @throws ProtocolException where it is none
     */
    public static Greeting decode(byte[] data) throws ProtocolException {
      ByteBuffer in = start(data, 1 + TOKEN_HALF + Integer.BYTES);
      ByteString token = readToken(in);
      int messageBytes = in.getInt();
      if (messageBytes < ANSWER_HEAD_BYTES + Chunks.SIZE) {
        throw invalid("messages of " + messageBytes + " bytes are too short");
      }
      return new Greeting(token, messageBytes);
    }
  }

  /**
   * What a worker answers.
   *
   * @param token second half of it
   * @param requests that may be under way at a time
   * @param pieceBytes of payload in each message but the last of an answer
   */
  public record Welcome(ByteString token, int requests, int pieceBytes) {
    /** For the reply to the connection request. */
    public byte[] encode() {
      return ByteBuffer.allocate(1 + TOKEN_HALF + 2 * Integer.BYTES)
          .put(VERSION)
          .put(token.asReadOnlyByteBuffer())
          .putInt(requests)
          .putInt(pieceBytes)
          .array();
    }

    /**
     * Reads one.
     *
     * @throws ProtocolException where it is none
     */
    public static Welcome decode(byte[] data) throws ProtocolException {
      ByteBuffer in = start(data, 1 + TOKEN_HALF + 2 * Integer.BYTES);
      ByteString token = readToken(in);
      Welcome welcome = new Welcome(token, in.getInt(), in.getInt());
      if (welcome.requests < 1 || welcome.pieceBytes < Chunks.SIZE) {
        throw invalid("no request may be made, or pieces are too short");
      }
      return welcome;
    }
  }

  private static ByteString readToken(ByteBuffer in) {
    byte[] token = new byte[TOKEN_HALF];
    in.get(token);
    return ByteString.copyFrom(token);
  }

  private static ByteBuffer start(byte[] data, int length) throws ProtocolException {
    if (data.length < length || data[0] != VERSION) {
      throw invalid("what came with the connection is not known here");
    }
    return ByteBuffer.wrap(data, 1, data.length - 1);
  }

  /** How many messages an answer takes. */
  public static int messages(int payloadBytes, int pieceBytes) {
    return Math.max(1, (payloadBytes + pieceBytes - 1) / pieceBytes);
  }

  /** Writes the head. */
  public void write(ByteBuffer out) {
    out.putInt(kind).putInt(frameBytes).putLong(requestId);
  }

  /**
   * Reads the head of a message, and checks that its frame fits in.
   *
   * @throws ProtocolException where it is none
   */
  public static RdmaFormat read(ByteBuffer in) throws ProtocolException {
    if (in.remaining() < LENGTH) {
      throw invalid("a message of " + in.remaining() + " bytes has no head");
    }
    RdmaFormat head = new RdmaFormat(in.getInt(), in.getInt(), in.getLong());
    if (head.kind < REQUEST || head.kind > BROKEN) {
      throw invalid("a message has the kind " + head.kind);
    }
    boolean hasFrame = head.kind == REQUEST || head.kind == ANSWER;
    if (hasFrame
        ? head.frameBytes < FrameHeader.LENGTH || head.frameBytes > in.remaining()
        : head.frameBytes != 0) {
      throw invalid("a message has a frame of " + head.frameBytes + " bytes");
    }
    return head;
  }

  private static ProtocolException invalid(String sentence) {
    return new ProtocolException(ErrorCode.INVALID_REQUEST, sentence);
  }
}
