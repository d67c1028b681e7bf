// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.UnsafeByteOperations;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.railfs.protocol.messages.ErrorCode;
import java.util.List;

/**
 * Cuts a byte stream into a {@link Frame} (header and body) followed by the frame's payload as
 * {@link ByteBuf} pieces, in order, whose lengths add up to the header's payload length. Payload
 * pieces are slices of what the socket delivered (no copy) and belong to the next handler.
 *
 * <p>Lengths are checked before anything is allocated. A malformed header fires a {@link
 * ProtocolException} once, after which every further byte of the connection is dropped: the stream
 * cannot be trusted again, the handler that receives the exception answers and closes. A header of
 * another wire version fires one too, with {@link ErrorCode#UNSUPPORTED_VERSION}. An unknown opcode
 * is no error here: the frame is passed on whole.
 *
 * <p>What has come of a frame that is not whole is held. The first bytes of it are free; what
 * exceeds them is taken from a budget that all connections share, and a frame for which it has no
 * bytes left ends its connection with {@link ErrorCode#BUSY}.
 */
public final class FrameDecoder extends ByteToMessageDecoder {
  /** Bytes of a frame that is not whole for which no budget is asked. */
  public static final int FREE_BYTES = 2 << 10;

  private final int maxBodyLength;
  private final int maxPayloadLength;
  private final ByteBudget budget;
  private FrameHeader header;
  private int payloadLeft;
  private boolean broken;
  private long frames;
  private int held;
  private int taken;

  /**
   * A decoder of what a worker sends.
   *
   * @param maxPayloadLength largest payload that the peer may send
   */
  public FrameDecoder(int maxPayloadLength) {
    this(FrameHeader.MAX_BODY_LENGTH, maxPayloadLength, new ByteBudget(Long.MAX_VALUE));
  }

  private FrameDecoder(int maxBodyLength, int maxPayloadLength, ByteBudget budget) {
    this.maxBodyLength = maxBodyLength;
    this.maxPayloadLength = maxPayloadLength;
    this.budget = requireNonNull(budget, "budget is null");
  }

  /**
   * A decoder of what a client sends.
   *
   * @param budget for the frames of all connections that are not whole
   */
  public static FrameDecoder ofRequests(ByteBudget budget) {
    return new FrameDecoder(FrameHeader.MAX_REQUEST_LENGTH, 0, budget);
  }

  /** Whole heads of frames that came; by the event loop. */
  public long frames() {
    return frames;
  }

  /** Bytes that came of a frame that is not whole; by the event loop. */
  public int held() {
    return held;
  }

  /**
   * Payload that came alone is passed on as it is: the buffer may be one that the receiver chose.
   */
  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    if (payloadLeft > 0
        && message instanceof ByteBuf bytes
        && bytes.readableBytes() <= payloadLeft
        && actualReadableBytes() == 0) {
      payloadLeft -= bytes.readableBytes();
      ctx.fireChannelRead(bytes);
    } else {
      super.channelRead(ctx, message);
    }
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws ProtocolException {
    if (broken) {
      in.skipBytes(in.readableBytes());
      return;
    }
    try {
      decodeNext(in, out);
    } catch (ProtocolException e) {
      broken = true;
      in.skipBytes(in.readableBytes());
      giveBack();
      // Fired by hand: thrown, it would arrive wrapped in a DecoderException.
      ctx.fireExceptionCaught(e);
    }
  }

  private void decodeNext(ByteBuf in, List<Object> out) throws ProtocolException {
    if (payloadLeft > 0) {
      int length = Math.min(payloadLeft, in.readableBytes());
      payloadLeft -= length;
      out.add(in.readRetainedSlice(length));
      return;
    }
    if (header == null) {
      FrameHeader.checkStart(in);
      if (in.readableBytes() < FrameHeader.LENGTH) {
        hold(in.readableBytes());
        return;
      }
      header = FrameHeader.read(in, in.readerIndex()).checked(maxBodyLength, maxPayloadLength);
    }
    if (in.readableBytes() < FrameHeader.LENGTH + header.bodyLength()) {
      hold(in.readableBytes());
      return;
    }
    giveBack();
    byte[] body = new byte[header.bodyLength()];
    in.getBytes(in.readerIndex() + FrameHeader.LENGTH, body);
    if (Checksums.control(in, in.readerIndex(), body) != header.controlCrc()) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST, "header or body was damaged on the way: checksum differs");
    }
    in.skipBytes(FrameHeader.LENGTH + header.bodyLength());
    payloadLeft = header.payloadLength();
    frames++;
    out.add(new Frame(header, UnsafeByteOperations.unsafeWrap(body)));
    header = null;
  }

  private void hold(int bytes) throws ProtocolException {
    held = bytes;
    int due = bytes - FREE_BYTES - taken;
    if (due > 0 && !budget.take(due)) {
      throw new ProtocolException(
          ErrorCode.BUSY, "too many large requests are on their way; try again later");
    }
    taken += Math.max(0, due);
  }

  private void giveBack() {
    held = 0;
    if (taken > 0) {
      budget.give(taken);
      taken = 0;
    }
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) {
    giveBack();
  }
}
