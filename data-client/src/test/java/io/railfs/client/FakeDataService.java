// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.railfs.protocol.Checksums;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.messages.ReadReply;
import io.railfs.protocol.messages.ReadRequest;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/** The data service of a {@link FakeWorker}: one for each connection. */
final class FakeDataService extends SimpleChannelInboundHandler<Frame> {
  private final FakeWorker worker;

  FakeDataService(FakeWorker worker) {
    this.worker = worker;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, Frame frame) throws Exception {
    if (worker.isFrozen()) {
      return;
    }
    long id = frame.header().requestId();
    if (frame.header().opcode() == Opcode.HELLO.code()) {
      worker.dataHellos.incrementAndGet();
      send(ctx, Frame.reply(ctx.alloc(), Opcode.HELLO, id, worker.hello(), false, 0));
      return;
    }
    ReadRequest request = frame.parse(ReadRequest.parser());
    Fault fault = worker.nextFault(request);
    if (fault instanceof Fault.Never) {
      return;
    }
    if (fault instanceof Fault.Held held) {
      CompletableFuture<Void> unused =
          held.gate().thenRunAsync(() -> answer(ctx, id, request, fault), ctx.executor());
      return;
    }
    long delay = fault instanceof Fault.Late late ? late.millis() : 0;
    if (delay == 0) {
      answer(ctx, id, request, fault);
    } else {
      ctx.executor()
          .schedule(() -> answer(ctx, id, request, fault), delay, MILLISECONDS)
          .addListener(done -> {});
    }
  }

  private void answer(ChannelHandlerContext ctx, long id, ReadRequest request, Fault fault) {
    worker.outstanding.addAndGet(-request.getLength());
    if (fault instanceof Fault.Refuse refusal) {
      String message = "made to refuse";
      send(ctx, Frame.error(ctx.alloc(), Opcode.READ.code(), id, refusal.code(), message));
      return;
    }
    if (fault instanceof Fault.Garbage) {
      send(ctx, Unpooled.wrappedBuffer(new byte[100]));
      return;
    }
    String path = request.getPath().toStringUtf8();
    byte[] bytes = Content.of(path, request.getOffset(), request.getLength());
    ReadReply.Builder reply = ReadReply.newBuilder();
    Arrays.stream(Checksums.ofChunks(ByteBuffer.wrap(bytes))).forEach(reply::addChunkCrc32C);
    if (fault instanceof Fault.Flip flip && flip.position() < bytes.length) {
      bytes[flip.position()] ^= 4;
    } else if (fault instanceof Fault.ExtraChecksum) {
      reply.addChunkCrc32C(1);
    } else if (fault instanceof Fault.ShortPayload) {
      bytes = Arrays.copyOf(bytes, bytes.length - 1);
    }
    long replyId = fault instanceof Fault.UnknownId ? id + 1_000_000 : id;
    send(ctx, Frame.reply(ctx.alloc(), Opcode.READ, replyId, reply.build(), false, bytes.length));
    payload(ctx, bytes, fault);
  }

  private static void payload(ChannelHandlerContext ctx, byte[] bytes, Fault fault) {
    if (fault instanceof Fault.Trickle trickle) {
      trickle(ctx, Unpooled.wrappedBuffer(bytes), trickle.millis());
      return;
    }
    int end = bytes.length;
    int step = Chunks.SIZE * 4 + 100;
    if (fault instanceof Fault.CloseAfter close) {
      end = Math.min(end, close.bytes());
    } else if (fault instanceof Fault.StopAfter stop) {
      end = Math.min(end, stop.bytes());
    } else if (fault instanceof Fault.Pieces pieces) {
      step = pieces.bytes();
    }
    for (int i = 0; i < end; i += step) {
      send(ctx, Unpooled.wrappedBuffer(bytes, i, Math.min(step, end - i)));
    }
    if (fault instanceof Fault.CloseAfter) {
      ctx.close().addListener(ChannelFutureListener.CLOSE);
    }
  }

  private static void trickle(ChannelHandlerContext ctx, ByteBuf bytes, long millis) {
    if (!bytes.isReadable()) {
      bytes.release();
      return;
    }
    ctx.executor()
        .schedule(
            () -> {
              send(ctx, bytes.readRetainedSlice(Math.min(Chunks.SIZE, bytes.readableBytes())));
              trickle(ctx, bytes, millis);
            },
            millis,
            MILLISECONDS)
        .addListener(done -> {});
  }

  private static void send(ChannelHandlerContext ctx, ByteBuf bytes) {
    ctx.writeAndFlush(bytes).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close().addListener(ChannelFutureListener.CLOSE);
  }
}
