package io.railfs.protocol;

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
 */
public final class FrameDecoder extends ByteToMessageDecoder {
  private final int maxPayloadLength;
  private FrameHeader header;
  private int payloadLeft;
  private boolean broken;

  /**
   * @param maxPayloadLength largest payload that the peer may send; 0 where requests carry none
   */
  public FrameDecoder(int maxPayloadLength) {
    this.maxPayloadLength = maxPayloadLength;
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
      checkStart(in);
      if (in.readableBytes() < FrameHeader.LENGTH) {
        return;
      }
      header = checked(FrameHeader.read(in, in.readerIndex()));
    }
    if (in.readableBytes() < FrameHeader.LENGTH + header.bodyLength()) {
      return;
    }
    byte[] body = new byte[header.bodyLength()];
    in.getBytes(in.readerIndex() + FrameHeader.LENGTH, body);
    if (Checksums.control(in, in.readerIndex(), body) != header.controlCrc()) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST, "header or body was damaged on the way: checksum differs");
    }
    in.skipBytes(FrameHeader.LENGTH + header.bodyLength());
    payloadLeft = header.payloadLength();
    out.add(new Frame(header, UnsafeByteOperations.unsafeWrap(body)));
    header = null;
  }

  /**
   * Refuses a stream of something else at its first bytes, instead of waiting for a header's worth
   * of them.
   */
  private static void checkStart(ByteBuf in) throws ProtocolException {
    int start = in.readerIndex();
    if (in.readableBytes() >= Integer.BYTES && in.getInt(start) != FrameHeader.MAGIC) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST, "not a RailFS frame: magic is missing");
    }
    if (in.readableBytes() > FrameHeader.VERSION_OFFSET) {
      int version = in.getUnsignedByte(start + FrameHeader.VERSION_OFFSET);
      if (version != FrameHeader.VERSION) {
        throw new ProtocolException(
            ErrorCode.UNSUPPORTED_VERSION,
            "wire version " + version + " is not spoken here, only " + FrameHeader.VERSION);
      }
    }
  }

  private FrameHeader checked(FrameHeader header) throws ProtocolException {
    if (header.bodyLength() < 0 || header.bodyLength() > FrameHeader.MAX_BODY_LENGTH) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST,
          "body of "
              + Integer.toUnsignedString(header.bodyLength())
              + " bytes, the limit is "
              + FrameHeader.MAX_BODY_LENGTH);
    }
    if (header.payloadLength() < 0 || header.payloadLength() > maxPayloadLength) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST,
          "payload of "
              + Integer.toUnsignedString(header.payloadLength())
              + " bytes, the limit is "
              + maxPayloadLength);
    }
    return header;
  }
}
