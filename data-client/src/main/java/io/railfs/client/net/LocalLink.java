// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.ReferenceCountUtil;
import io.railfs.client.Causes;
import io.railfs.fabric.Transport;
import io.railfs.fabric.local.Host;
import io.railfs.fabric.local.SharedFile;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.LocalOffer;
import java.security.MessageDigest;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Unix connection of one connection to a worker on this host: made when the worker offers it,
 * and again with growing waits when it fails. Lives on the connection's event loop.
 *
 * <p>It brings the first half of a token that came over the connection, and what answers with the
 * second half is that worker, on this host; from then on descriptors come.
 */
final class LocalLink {
  private static final Logger log = LoggerFactory.getLogger(LocalLink.class);

  private static final int HALF = 16;

  private final Connection connection;
  private final ConnectionContext context;
  private final Object worker;
  private final int blockSize;
  private final Consumer<String> outcome;
  private final OfferRetry retry;
  private Channel current;
  private LocalBlocks blocks;

  private LocalLink(
      Connection connection,
      ConnectionContext context,
      Object worker,
      int blockSize,
      Consumer<String> outcome) {
    this.connection = requireNonNull(connection, "connection is null");
    this.context = requireNonNull(context, "context is null");
    this.worker = requireNonNull(worker, "worker is null");
    this.blockSize = blockSize;
    this.outcome = requireNonNull(outcome, "outcome is null");
    this.retry =
        new OfferRetry(
            connection,
            context.settings().connectTimeout(),
            ClientHandshake::helloForBlocks,
            this::take,
            this::failed);
  }

  /**
   * Starts to use it.
   *
   * @param worker whatever stands for it, the same for all its connections
   * @param outcome called by the event loop whenever it turns out that blocks are read locally,
   *     with an empty text, or that they are not, with the reason, the rest of a sentence
   */
  static LocalLink start(
      Connection connection,
      ConnectionContext context,
      Object worker,
      int blockSize,
      HelloReply hello,
      Consumer<String> outcome) {
    LocalLink link = new LocalLink(connection, context, worker, blockSize, outcome);
    connection.channel().closeFuture().addListener(closed -> link.close());
    link.take(hello);
    return link;
  }

  /** What brings blocks; null while it does not. */
  BlockTransport blocks() {
    return blocks;
  }

  private void take(HelloReply hello) {
    LocalOffer offer = hello.getLocal();
    if (Host.id().isEmpty()) {
      outcome.accept("the boot id of this host cannot be read");
    } else if (!hello.hasLocal()) {
      outcome.accept("the worker's release cannot give out blocks");
    } else if (!offer.getProblem().isEmpty()) {
      // The next connection asks again.
      outcome.accept(ReplyValidator.sentence(offer.getProblem()));
    } else if (offer.getToken().size() != 2 * HALF || offer.getSocket().isEmpty()) {
      outcome.accept("the worker's offer is not valid");
    } else {
      connect(offer);
    }
  }

  private void connect(LocalOffer offer) {
    String path = offer.getSocket().toString(UTF_8);
    ChannelFuture connecting;
    try {
      connecting =
          new Bootstrap()
              .group(connection.channel().eventLoop())
              .channel(EpollDomainSocketChannel.class)
              .option(ChannelOption.ALLOCATOR, Transport.BUFFERS)
              .handler(new Receiver(offer))
              .connect(new DomainSocketAddress(path));
    } catch (RuntimeException e) {
      failed("the worker's socket " + ReplyValidator.sentence(path) + " is no path: " + e);
      return;
    }
    current = connecting.channel();
    connecting.addListener(
        done -> {
          if (!done.isSuccess()) {
            failed(
                "the worker's socket %s cannot be reached: %s"
                    .formatted(ReplyValidator.sentence(path), Causes.describe(done.cause())));
          }
        });
  }

  /** It is not to be had now, or was lost. */
  private void failed(String reason) {
    if (!connection.channel().isActive()) {
      return;
    }
    if (blocks != null) {
      LocalBlocks lost = blocks;
      blocks = null;
      lost.end();
    }
    close();
    log.debug("{}: {}", connection.name(), reason);
    outcome.accept(reason);
    retry.afterFailure();
  }

  private void ready(EpollDomainSocketChannel channel) {
    channel.config().setReadMode(DomainSocketReadMode.FILE_DESCRIPTORS);
    retry.reset();
    blocks =
        new LocalBlocks(
            connection, context.local(), worker, blockSize, reason -> lost(channel, reason));
    outcome.accept("");
  }

  private void lost(Channel channel, String reason) {
    if (channel == current) {
      failed(reason);
    }
  }

  private void close() {
    Channel open = current;
    current = null;
    if (open != null) {
      open.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }
  }

  /** Takes the answer, then descriptors. */
  private final class Receiver extends ChannelInboundHandlerAdapter {
    private final LocalOffer offer;
    private final byte[] answer = new byte[HALF];
    private int got;

    Receiver(LocalOffer offer) {
      this.offer = offer;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      ByteBuf first = Unpooled.wrappedBuffer(offer.getToken().substring(0, HALF).toByteArray());
      ctx.writeAndFlush(first).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
      connection.schedule(
          () -> {
            if (got < HALF) {
              lost(ctx.channel(), "the worker did not answer at its socket");
            }
          },
          context.settings().connectTimeout().toMillis());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (message instanceof FileDescriptor descriptor) {
        received(ctx.channel(), descriptor);
        return;
      }
      try {
        ByteBuf bytes = (ByteBuf) message;
        int count = Math.min(bytes.readableBytes(), HALF - got);
        boolean more = count < bytes.readableBytes();
        bytes.readBytes(answer, got, count);
        got += count;
        if (more) {
          lost(ctx.channel(), "what answers at the worker's socket is not that worker");
        } else if (got == HALF) {
          answered(ctx.channel());
        }
      } finally {
        ReferenceCountUtil.release(message);
      }
    }

    private void received(Channel channel, FileDescriptor descriptor) {
      if (blocks != null && channel == current) {
        blocks.received(descriptor);
      } else {
        new SharedFile(descriptor, context.local().disks()).release();
      }
    }

    private void answered(Channel channel) {
      byte[] wanted = offer.getToken().substring(HALF).toByteArray();
      if (channel != current) {
        return;
      }
      if (MessageDigest.isEqual(wanted, answer)) {
        ready((EpollDomainSocketChannel) channel);
      } else {
        failed("what answers at the worker's socket is not that worker");
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      lost(
          ctx.channel(),
          got == HALF
              ? "the worker has closed the connection of its socket"
              : "the worker lets nobody in at its socket but root, its own user and those of its"
                  + " railfs.worker.local.users");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      lost(ctx.channel(), "the connection of the worker's socket broke: " + cause.getMessage());
    }
  }
}
