// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.Frame;
import io.railfs.protocol.FrameDecoder;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.messages.DataEndpoint;
import io.railfs.protocol.messages.DirectoryEntry;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.HelloRequest;
import io.railfs.protocol.messages.ListReply;
import io.railfs.protocol.messages.ListRequest;
import io.railfs.protocol.messages.ReadReply;
import io.railfs.protocol.messages.ReadRequest;
import io.railfs.protocol.messages.StatFsReply;
import io.railfs.protocol.messages.StatReply;
import io.railfs.protocol.messages.StatRequest;
import io.railfs.protocol.messages.WorkerState;
import io.railfs.protocol.messages.XattrReply;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A worker that lies, each time in the way that the name of what is asked for says. Names that say
 * nothing are answered as they should be.
 */
final class LyingWorker implements AutoCloseable {
  private static final int BLOCK = 1 << 20;
  private static final long FILE_BYTES = 8L << 20;
  private static final Attributes FILE =
      new Attributes(
          EntryType.REGULAR, 0644, 0, 0, FILE_BYTES, 1_000_000_000, 0, "", ByteString.EMPTY);
  private static final Attributes DIRECTORY =
      new Attributes(
          EntryType.DIRECTORY, 0755, 0, 0, 4_096, 1_000_000_000, 0, "", ByteString.EMPTY);

  private final ServerSocket listener;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  LyingWorker(int port) throws IOException {
    listener = new ServerSocket(port, 64, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        sockets.add(socket);
        threads.execute(() -> serve(socket));
      }
    } catch (IOException e) {
      // The listener was closed: the end.
      threads.shutdownNow();
    }
  }

  private void serve(Socket socket) {
    EmbeddedChannel decoder = new EmbeddedChannel(new FrameDecoder(0));
    try (socket) {
      byte[] buffer = new byte[64 << 10];
      InputStream in = socket.getInputStream();
      for (int length = in.read(buffer); length > 0; length = in.read(buffer)) {
        decoder.writeInbound(Unpooled.copiedBuffer(buffer, 0, length));
        for (Frame f = decoder.readInbound(); f != null; f = decoder.readInbound()) {
          answer(f, socket.getOutputStream());
        }
      }
    } catch (Exception e) {
      // The mount has closed the connection, as it should.
    } finally {
      sockets.remove(socket);
      decoder.finishAndReleaseAll();
    }
  }

  private void answer(Frame frame, OutputStream out) throws Exception {
    Opcode opcode = Opcode.ofCode(frame.header().opcode());
    long id = frame.header().requestId();
    switch (opcode) {
      case HELLO -> {
        HelloRequest unused = frame.parse(HelloRequest.parser());
        send(out, opcode, id, hello(), false, 0);
      }
      case STAT -> stat(frame.parse(StatRequest.parser()).getPath().toStringUtf8(), id, out);
      case LIST -> list(frame.parse(ListRequest.parser()).getPath().toStringUtf8(), id, out);
      case XATTR -> send(out, opcode, id, XattrReply.getDefaultInstance(), false, 0);
      case READ -> read(frame.parse(ReadRequest.parser()), id, out);
      default -> send(out, opcode, id, StatFsReply.newBuilder().setTotalBytes(1).build(), false, 0);
    }
  }

  private HelloReply hello() {
    return HelloReply.newBuilder()
        .setWorkerId("liar")
        .setBlockSize(BLOCK)
        .setState(WorkerState.SERVING)
        .addDataEndpoints(DataEndpoint.newBuilder().setPort(listener.getLocalPort()))
        .build();
  }

  private static void stat(String path, long id, OutputStream out) throws IOException {
    if (path.endsWith("size")) {
      Attributes odd =
          new Attributes(EntryType.REGULAR, 0644, 0, 0, -5, 1, 0, "", ByteString.EMPTY);
      send(
          out,
          Opcode.STAT,
          id,
          StatReply.newBuilder().setAttributes(odd.toMessage()).build(),
          false,
          0);
      return;
    }
    Attributes attributes = path.equals("/") || path.contains("dir") ? DIRECTORY : FILE;
    send(
        out,
        Opcode.STAT,
        id,
        StatReply.newBuilder().setAttributes(attributes.toMessage()).build(),
        false,
        0);
  }

  private static void list(String path, long id, OutputStream out) throws Exception {
    long number = 0;
    boolean empty = path.endsWith("empty");
    boolean same = path.endsWith("same");
    // Without end, until the mount has enough of it.
    while (true) {
      ListReply.Builder part = ListReply.newBuilder();
      for (int i = 0; i < 2_000 && !empty; i++) {
        String name = "name-of-an-entry-" + (same ? i : number++);
        part.addEntries(
            DirectoryEntry.newBuilder()
                .setName(ByteString.copyFromUtf8(name))
                .setAttributes(FILE.toMessage()));
      }
      send(out, Opcode.LIST, id, part.build(), true, 0);
      TimeUnit.MILLISECONDS.sleep(same ? 20 : 0);
    }
  }

  private static void read(ReadRequest request, long id, OutputStream out) throws Exception {
    String path = request.getPath().toStringUtf8();
    int length = request.getLength();
    ReadReply.Builder reply = ReadReply.newBuilder();
    for (int i = 0; i < Chunks.count(length); i++) {
      reply.addChunkCrc32C(new Random(id).nextInt());
    }
    switch (path.substring(path.lastIndexOf('/') + 1)) {
      case "length" -> send(out, Opcode.READ, id, reply.build(), false, 64 << 20);
      case "id" -> send(out, Opcode.READ, id + 77, reply.build(), false, length);
      case "more" -> send(out, Opcode.READ, id, reply.build(), true, length);
      case "body" -> send(out, Opcode.READ, id, tiny(), false, length);
      case "error" ->
          send(
              out,
              Frame.error(
                  UnpooledByteBufAllocator.DEFAULT,
                  Opcode.READ.code(),
                  id,
                  ErrorCode.BUSY,
                  "x\n".repeat(400_000)));
      case "silence" -> {}
      default -> {
        // Bytes whose checksums are wrong.
        send(out, Opcode.READ, id, reply.build(), false, length);
        out.write(new byte[length]);
      }
    }
  }

  private static MessageLite tiny() {
    return ReadReply.newBuilder()
        .addAllChunkCrc32C(java.util.Collections.nCopies(200_000, 1))
        .build();
  }

  private static void send(
      OutputStream out, Opcode opcode, long id, MessageLite body, boolean more, int payload)
      throws IOException {
    send(out, Frame.reply(UnpooledByteBufAllocator.DEFAULT, opcode, id, body, more, payload));
  }

  private static void send(OutputStream out, ByteBuf frame) throws IOException {
    try {
      out.write(ByteBufUtil.getBytes(frame));
    } finally {
      frame.release();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
    threads.shutdownNow();
  }
}
