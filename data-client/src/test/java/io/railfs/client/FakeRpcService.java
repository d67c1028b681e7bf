// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import com.google.protobuf.MessageLite;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.messages.BlockSet;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.LoadReply;
import io.railfs.protocol.messages.LoadRequest;
import io.railfs.protocol.messages.StatFsReply;
import io.railfs.protocol.messages.StatReply;
import io.railfs.protocol.messages.StatRequest;
import io.railfs.protocol.messages.Xattr;
import io.railfs.protocol.messages.XattrReply;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** The rpc service of a {@link FakeWorker}: one for each connection. */
final class FakeRpcService extends SimpleChannelInboundHandler<Frame> {
  private final FakeWorker worker;

  FakeRpcService(FakeWorker worker) {
    this.worker = worker;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, Frame frame) throws Exception {
    if (worker.isFrozen()) {
      return;
    }
    switch (Opcode.ofCode(frame.header().opcode())) {
      case HELLO -> {
        worker.rpcHellos.incrementAndGet();
        reply(ctx, frame, worker.hello(), false);
      }
      case STAT -> stat(ctx, frame);
      case LIST -> list(ctx, frame);
      case XATTR ->
          reply(
              ctx,
              frame,
              XattrReply.newBuilder()
                  .addAttributes(
                      Xattr.newBuilder()
                          .setName(com.google.protobuf.ByteString.copyFromUtf8("user.label"))
                          .setValue(com.google.protobuf.ByteString.copyFromUtf8("cat")))
                  .build(),
              false);
      case STATFS ->
          reply(
              ctx,
              frame,
              StatFsReply.newBuilder()
                  .setTotalBytes(30)
                  .setFreeBytes(20)
                  .setAvailableBytes(10)
                  .build(),
              false);
      case LOAD -> load(ctx, frame);
      default -> throw new IllegalStateException("not served: " + frame.header());
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // whoever closes needs no answer
  private void load(ChannelHandlerContext ctx, Frame frame) throws Exception {
    BlockSet blocks = frame.parse(LoadRequest.parser()).getBlocks();
    if (!worker.takesLoads) {
      ctx.close();
      return;
    }
    worker.loaded.addAll(blocks.getBlocksList());
    reply(
        ctx, frame, LoadReply.newBuilder().setLoadedBlocks(blocks.getBlocksCount()).build(), false);
  }

  private void stat(ChannelHandlerContext ctx, Frame frame) throws Exception {
    if (worker.stats.getAndIncrement() < worker.brokenMetadataAnswers) {
      ctx.close().addListener(ChannelFutureListener.CLOSE);
      return;
    }
    String path = frame.parse(StatRequest.parser()).getPath().toStringUtf8();
    Attributes attributes = worker.files.get(path);
    if (attributes == null) {
      long id = frame.header().requestId();
      ctx.writeAndFlush(
              Frame.error(
                  ctx.alloc(), Opcode.STAT.code(), id, ErrorCode.NOT_FOUND, path + " not there"))
          .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    } else {
      reply(
          ctx, frame, StatReply.newBuilder().setAttributes(attributes.toMessage()).build(), false);
    }
  }

  private void list(ChannelHandlerContext ctx, Frame frame) {
    List<MessageLite> replies = List.copyOf(worker.listing);
    boolean broken = worker.listings.getAndIncrement() < worker.brokenMetadataAnswers;
    int end = broken ? replies.size() / 2 : replies.size();
    long pause = worker.pauseBetweenParts.toMillis();
    for (int i = 0; i < end; i++) {
      MessageLite part = replies.get(i);
      boolean more = i + 1 < replies.size();
      if (pause == 0) {
        reply(ctx, frame, part, more);
      } else {
        Future<?> unused =
            ctx.executor()
                .schedule(() -> reply(ctx, frame, part, more), i * pause, TimeUnit.MILLISECONDS);
      }
    }
    if (broken) {
      ctx.close().addListener(ChannelFutureListener.CLOSE);
    }
  }

  private static void reply(
      ChannelHandlerContext ctx, Frame request, MessageLite body, boolean more) {
    Opcode opcode = Opcode.ofCode(request.header().opcode());
    ctx.writeAndFlush(Frame.reply(ctx.alloc(), opcode, request.header().requestId(), body, more, 0))
        .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close().addListener(ChannelFutureListener.CLOSE);
  }
}
