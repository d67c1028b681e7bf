// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.Checksums;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.Frame;
import io.railfs.protocol.FrameDecoder;
import io.railfs.protocol.FrameHeader;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ErrorReply;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.HelloRequest;
import io.railfs.protocol.messages.ReadReply;
import io.railfs.protocol.messages.ReadRequest;
import io.railfs.protocol.messages.StatReply;
import io.railfs.protocol.messages.StatRequest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** A plain socket and the protocol's codecs: what a client is to a worker. For one thread. */
public final class TestClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 60_000;

  private final Socket socket;
  private final EmbeddedChannel decoder =
      new EmbeddedChannel(new FrameDecoder(FrameHeader.MAX_PAYLOAD_LENGTH));
  private long requestId;

  private TestClient(int port) throws IOException {
    this(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  private TestClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
  }

  /** A connection that said nothing yet. */
  public static TestClient raw(int port) throws IOException {
    return new TestClient(port);
  }

  /** As {@link #raw}, from 127.0.0.N. */
  public static TestClient rawFrom(int number, int port) throws IOException {
    InetAddress own = InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) number});
    return new TestClient(new Socket(InetAddress.getLoopbackAddress(), port, own, 0));
  }

  /** As {@link #connect}, from 127.0.0.N. */
  public static TestClient connectFrom(int number, int port) throws IOException, ProtocolException {
    TestClient client = rawFrom(number, port);
    client.hello();
    return client;
  }

  /** As {@link #connect}, of one whose kernel takes next to nothing that it does not read. */
  public static TestClient connectWithSmallWindow(int port) throws IOException, ProtocolException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(1);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    TestClient client = new TestClient(socket);
    client.hello();
    return client;
  }

  /** Takes one byte of what came. Fails: EOFException where the worker has closed. */
  public void readByte() throws IOException {
    if (socket.getInputStream().read() < 0) {
      throw new EOFException("the worker closed the connection");
    }
  }

  /** A connection after HELLO. */
  public static TestClient connect(int port) throws IOException, ProtocolException {
    TestClient client = new TestClient(port);
    client.hello();
    return client;
  }

  public HelloReply hello() throws IOException, ProtocolException {
    return call(Opcode.HELLO, HelloRequest.newBuilder().setClient("test").build())
        .parse(HelloReply.parser());
  }

  /** One answer. */
  public static final class Reply {
    private final Frame frame;
    private final byte[] payload;

    private Reply(Frame frame, byte[] payload) {
      this.frame = frame;
      this.payload = payload;
    }

    public Frame frame() {
      return frame;
    }

    public byte[] payload() {
      return payload;
    }

    public <M extends Message> M parse(com.google.protobuf.Parser<M> parser)
        throws ProtocolException {
      if (frame.header().isError()) {
        throw new AssertionError("error reply: " + error());
      }
      return frame.parse(parser);
    }

    public ErrorReply error() throws ProtocolException {
      if (!frame.header().isError()) {
        throw new AssertionError("no error reply: " + frame);
      }
      return frame.parse(ErrorReply.parser());
    }
  }

  public Reply call(Opcode opcode, MessageLite body) throws IOException {
    send(opcode, body);
    return receive();
  }

  /** The address that it has connected to. */
  public SocketAddress remote() {
    return socket.getRemoteSocketAddress();
  }

  /** Sends a request and returns its id. */
  public long send(Opcode opcode, MessageLite body) throws IOException {
    ByteBuf frame = Frame.request(UnpooledByteBufAllocator.DEFAULT, opcode, ++requestId, body);
    try {
      send(ByteBufUtil.getBytes(frame));
    } finally {
      frame.release();
    }
    return requestId;
  }

  public void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** The next frame with its payload. Fails: EOFException where the worker has closed. */
  public Reply receive() throws IOException {
    Frame frame = (Frame) next();
    byte[] payload = new byte[frame.header().payloadLength()];
    int at = 0;
    while (at < payload.length) {
      ByteBuf piece = (ByteBuf) next();
      int length = piece.readableBytes();
      piece.readBytes(payload, at, length);
      piece.release();
      at += length;
    }
    return new Reply(frame, payload);
  }

  private Object next() throws IOException {
    byte[] buffer = new byte[64 << 10];
    InputStream in = socket.getInputStream();
    Object message = decoder.readInbound();
    while (message == null) {
      int length = in.read(buffer);
      if (length < 0) {
        throw new EOFException("the worker closed the connection");
      }
      decoder.writeInbound(Unpooled.copiedBuffer(buffer, 0, length));
      message = decoder.readInbound();
    }
    return message;
  }

  public Attributes stat(String path) throws IOException, ProtocolException {
    StatRequest request = StatRequest.newBuilder().setPath(ByteString.copyFromUtf8(path)).build();
    return Attributes.of(call(Opcode.STAT, request).parse(StatReply.parser()).getAttributes());
  }

  public static ReadRequest readRequest(
      String path, FileVersion version, long offset, int length, boolean suspect) {
    return ReadRequest.newBuilder()
        .setPath(ByteString.copyFromUtf8(path))
        .setVersion(version.toMessage())
        .setOffset(offset)
        .setLength(length)
        .setSuspect(suspect)
        .build();
  }

  public Reply read(String path, FileVersion version, long offset, int length) throws IOException {
    return call(Opcode.READ, readRequest(path, version, offset, length, false));
  }

  /** Whether the checksums in a reply are those of its payload. */
  public static boolean isIntact(Reply reply) throws ProtocolException {
    List<Integer> sent = reply.parse(ReadReply.parser()).getChunkCrc32CList();
    int[] computed = Checksums.ofChunks(ByteBuffer.wrap(reply.payload()));
    return sent.equals(Arrays.stream(computed).boxed().toList());
  }

  @Override
  public void close() throws IOException {
    decoder.finishAndReleaseAll();
    socket.close();
  }
}
