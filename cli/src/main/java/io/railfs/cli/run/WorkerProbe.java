package io.railfs.cli.run;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.railfs.client.Endpoint;
import io.railfs.protocol.Frame;
import io.railfs.protocol.FrameDecoder;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ErrorReply;
import io.railfs.protocol.messages.HelloRequest;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.StatusRequest;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/** Asks a worker for its status over its rpc service, on a connection of its own. */
public final class WorkerProbe {
  private static final int BUFFER = 16 << 10;

  private WorkerProbe() {}

  /**
   * Connects, introduces itself and asks.
   *
   * @param patience longest wait for the connection, and again for each part of the answer
   * @throws IOException whose message says what went wrong, without the endpoint
   */
  public static StatusReply status(Endpoint endpoint, Duration patience) throws IOException {
    int millis = Math.toIntExact(patience.toMillis());
    EmbeddedChannel decoder = new EmbeddedChannel(new FrameDecoder(0));
    try (Socket socket = new Socket()) {
      InetSocketAddress address = new InetSocketAddress(endpoint.host(), endpoint.port());
      if (address.isUnresolved()) {
        throw new IOException("the host name is not known");
      }
      socket.connect(address, millis);
      socket.setSoTimeout(millis);
      HelloRequest hello = HelloRequest.newBuilder().setClient("railfs status").build();
      send(socket, Frame.request(UnpooledByteBufAllocator.DEFAULT, Opcode.HELLO, 1, hello));
      receive(socket, decoder);
      StatusRequest request = StatusRequest.getDefaultInstance();
      send(socket, Frame.request(UnpooledByteBufAllocator.DEFAULT, Opcode.STATUS, 2, request));
      return receive(socket, decoder).parse(StatusReply.parser());
    } catch (ProtocolException e) {
      throw new IOException("it does not speak RailFS: " + e.getMessage(), e);
    } finally {
      decoder.finishAndReleaseAll();
    }
  }

  private static void send(Socket socket, ByteBuf frame) throws IOException {
    try {
      frame.readBytes(socket.getOutputStream(), frame.readableBytes());
    } finally {
      frame.release();
    }
  }

  private static Frame receive(Socket socket, EmbeddedChannel decoder)
      throws IOException, ProtocolException {
    byte[] buffer = new byte[BUFFER];
    Object message = decoder.readInbound();
    while (message == null) {
      int length = socket.getInputStream().read(buffer);
      if (length < 0) {
        throw new EOFException("it closed the connection");
      }
      ByteBuf bytes = UnpooledByteBufAllocator.DEFAULT.heapBuffer(length);
      decoder.writeInbound(bytes.writeBytes(buffer, 0, length));
      message = decoder.readInbound();
    }
    Frame frame = (Frame) message;
    if (frame.header().isError()) {
      throw new IOException(frame.parse(ErrorReply.parser()).getMessage());
    }
    return frame;
  }
}
