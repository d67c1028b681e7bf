// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.calls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.PeerCredentials;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.railfs.base.HandoverRequest;
import io.railfs.csi.volumes.MountMaker;
import io.railfs.csi.volumes.VolumeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives processes without privileges the /dev/fuse of mounts that it has made for them, over a Unix
 * socket that one user and root may use. A connection brings one {@link HandoverRequest} and gets
 * one descriptor, or a sentence. Owns its threads and the socket's file. Thread-safe.
 */
public final class HandoverServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HandoverServer.class);

  /** The kernel's limit for the path of a socket, less the NUL. */
  private static final int LONGEST_PATH = 107;

  private static final int WRITABLE_BY_OTHERS = 022;
  private static final int MAX_CONNECTIONS = 32;
  private static final int THREADS = 4;
  private static final int IDLE_SECONDS = 30;
  private static final int REQUEST_SECONDS = 5;

  /** More than a mount that is asked for may take. */
  private static final int CLOSE_SECONDS = 12;

  private final int user;
  private final MountMaker maker;
  private final AtomicInteger connections = new AtomicInteger();
  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("railfs-handover-io", true), EpollIoHandler.newFactory());
  private final ExecutorService threads;

  private HandoverServer(int user, MountMaker maker) {
    this.user = user;
    this.maker = maker;
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_CONNECTIONS),
            new DefaultThreadFactory("railfs-handover", true));
    pool.allowCoreThreadTimeOut(true);
    this.threads = pool;
  }

  /**
   * Starts to serve. A socket that a former process left is replaced.
   *
   * @param user who may ask, besides root
   * @param maker stays the caller's
   * @throws IOException where the socket cannot be made, or would not be safe
   */
  public static HandoverServer start(Path socket, int user, MountMaker maker) throws IOException {
    if (socket.toString().getBytes(UTF_8).length > LONGEST_PATH) {
      throw new IOException(
          "the path of the socket " + socket + " is longer than " + LONGEST_PATH + " bytes");
    }
    Files.createDirectories(socket.getParent());
    checkDirectory(socket);
    Files.deleteIfExists(socket);
    HandoverServer server = new HandoverServer(user, maker);
    try {
      server.listen(socket);
      return server;
    } catch (IOException e) {
      server.close();
      throw e;
    }
  }

  private static void checkDirectory(Path socket) throws IOException {
    int owner = (int) Files.getAttribute(socket.getParent(), "unix:uid");
    int mode = (int) Files.getAttribute(socket.getParent(), "unix:mode");
    if (owner != 0 || (mode & WRITABLE_BY_OTHERS) != 0) {
      throw new IOException(
          "the directory %s of the socket can be written by others than root, who could put another socket there"
              .formatted(socket.getParent()));
    }
  }

  private void listen(Path socket) throws IOException {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(group)
            .channel(EpollServerDomainSocketChannel.class)
            .childHandler(
                new ChannelInitializer<EpollDomainSocketChannel>() {
                  @Override
                  protected void initChannel(EpollDomainSocketChannel channel) {
                    channel.pipeline().addLast(new Asking());
                  }
                })
            .bind(new DomainSocketAddress(socket.toFile()))
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "the socket " + socket + " cannot be made: " + bound.cause().getMessage(), bound.cause());
    }
    // As made, nobody but root may connect: the umask takes the right to write from the others.
    Files.setAttribute(socket, "unix:uid", user);
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
  }

  /** One connection: one request, one answer. */
  private final class Asking extends ChannelInboundHandlerAdapter {
    private final StringBuilder text = new StringBuilder();
    private boolean isAnswered;

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      if (connections.incrementAndGet() > MAX_CONNECTIONS) {
        refuse(ctx.channel(), "too many processes ask at a time; try again");
        return;
      }
      Future<?> unused =
          ctx.executor()
              .schedule(
                  () -> {
                    if (!isAnswered) {
                      refuse(ctx.channel(), "the request did not come in time");
                    }
                  },
                  REQUEST_SECONDS,
                  TimeUnit.SECONDS);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      connections.decrementAndGet();
      // Nobody is there to be answered.
      isAnswered = true;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws IOException {
      try {
        ByteBuf bytes = (ByteBuf) message;
        if (isAnswered) {
          return;
        }
        // Every character of a request is one byte; others are refused when it is parsed.
        text.append(bytes.toString(ISO_8859_1));
        if (text.length() > HandoverRequest.MAX_BYTES) {
          refuse(ctx.channel(), "the request is too long");
        } else if (HandoverRequest.isWhole(text.toString())) {
          answer((EpollDomainSocketChannel) ctx.channel());
        }
      } finally {
        ReferenceCountUtil.release(message);
      }
    }

    private void answer(EpollDomainSocketChannel channel) throws IOException {
      PeerCredentials peer = channel.peerCredentials();
      if (peer.uid() != 0 && peer.uid() != user) {
        refuse(
            channel,
            "user %d may not ask for mounts; railfs.csi.handover.user names who may, besides root"
                .formatted(peer.uid()));
        return;
      }
      HandoverRequest request;
      try {
        request = HandoverRequest.parse(text.toString());
      } catch (IllegalArgumentException e) {
        refuse(channel, e.getMessage());
        return;
      }
      isAnswered = true;
      try {
        threads.execute(() -> make(channel, request, peer));
      } catch (RejectedExecutionException e) {
        refuse(channel, "too many mounts are asked for at a time; try again");
      }
    }

    private void refuse(Channel channel, String sentence) {
      isAnswered = true;
      HandoverServer.refuse(channel, sentence);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      log.debug("a process that asks for a mount has gone", cause);
      close(ctx.channel());
    }
  }

  private void make(Channel channel, HandoverRequest request, PeerCredentials peer) {
    int group = peer.gids().length > 0 ? peer.gids()[0] : 0;
    FileDescriptor fuse;
    try {
      fuse = new FileDescriptor(maker.make(request, peer.uid(), group));
    } catch (VolumeException e) {
      refuse(channel, e.getMessage());
      return;
    } catch (RuntimeException e) {
      log.error("mount {} cannot be made because of a bug", request.name(), e);
      refuse(channel, "an internal error (bug) of the node plugin; its log has more");
      return;
    }
    // The other side has its own one then. Where it has gone, the mount ends with this one.
    channel
        .writeAndFlush(fuse)
        .addListener(
            sent -> {
              close(fuse);
              close(channel);
            });
  }

  private static void refuse(Channel channel, String sentence) {
    log.warn("a process that asks for a mount is refused: {}", sentence);
    channel
        .writeAndFlush(Unpooled.copiedBuffer(sentence + "\n", UTF_8))
        .addListener(ChannelFutureListener.CLOSE);
  }

  private static void close(FileDescriptor descriptor) {
    try {
      descriptor.close();
    } catch (IOException e) {
      log.warn("closing the descriptor of a mount failed; it may be lost", e);
    }
  }

  private static void close(Channel channel) {
    // Whatever a close reports, channelInactive reports too.
    ChannelFuture unused = channel.close();
  }

  /** Ends when the mounts that are being made have been given. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        log.warn("a mount that is being made does not come to an end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    boolean ended =
        group
            .shutdownGracefully(0, 1, TimeUnit.SECONDS)
            .awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    if (!ended) {
      log.warn("the threads of the socket for mounts do not end");
    }
  }
}
