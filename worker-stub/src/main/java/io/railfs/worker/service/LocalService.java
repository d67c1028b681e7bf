// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.ReferenceCountUtil;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Transport;
import io.railfs.fabric.local.Host;
import io.railfs.fabric.local.SharedFile;
import io.railfs.protocol.messages.LocalOffer;
import io.railfs.worker.posix.Posix;
import io.railfs.worker.store.SharedBlock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives readers on this host the files of blocks as read-only descriptors, over a Unix socket
 * (docs/adr/0023). Thread-safe.
 *
 * <p>A Unix connection belongs to one connection of the data service, which has proven what there
 * is to prove: that one gets a token, and who brings its first half here, as a user who may read,
 * gets the second half and from then on the descriptors that the data connection asks for. What may
 * be read is decided there, and the Unix connection ends with it.
 */
public final class LocalService implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LocalService.class);

  /** Unix connections that have not brought a token. */
  private static final int MAX_STRANGERS = 64;

  private static final long CLOSE_TIMEOUT_MILLIS = 3_000;
  private static final int BACKLOG = 256;

  /** More than a client reads in a lifetime between two requests. */
  private static final long MAX_REPORT = 1L << 50;

  private final ServiceState state;
  private final RailTraffic traffic;
  private final String problem;
  private final Path socket;
  private final Set<Integer> users;
  private final Tickets<DataHandler> tickets = new Tickets<>(System::nanoTime);
  private final AtomicInteger strangers = new AtomicInteger();
  private Channel listener;
  private ChannelGroup connections;

  private LocalService(ServiceState state, String problem, Path socket, Set<Integer> users) {
    this.state = requireNonNull(state, "state is null");
    this.problem = requireNonNull(problem, "problem is null");
    this.socket = socket;
    this.users = users;
    this.traffic =
        socket == null ? new RailTraffic(RailTraffic.LOCAL, "") : state.rail(RailTraffic.LOCAL, "");
  }

  /**
   * Gives nothing.
   *
   * @param problem why, a sentence that clients get
   */
  public static LocalService none(ServiceState state, String problem) {
    return new LocalService(state, problem, null, Set.of());
  }

  /**
   * Starts to listen.
   *
   * @param socket absolute path; empty: gives nothing
   * @param users who may read beside root and this process's user: names or numbers
   * @throws FabricException with one sentence where the socket cannot be had, or would not be safe
   */
  public static LocalService start(
      Transport transport, ServiceState state, String socket, List<String> users)
      throws FabricException {
    if (socket.isEmpty()) {
      return none(state, "railfs.worker.local.socket of the worker names no socket");
    }
    if (!transport.isEpoll()) {
      throw new FabricException(
          "the Unix socket " + socket + " needs the epoll transport, which is not in use here");
    }
    Path path = Path.of(socket);
    LocalSocketFile.prepare(path);
    Set<Integer> readers = new HashSet<>(List.of(0, SharedFile.ownUser()));
    for (String user : users) {
      readers.add(number(user));
    }
    LocalService service = new LocalService(state, "", path, Set.copyOf(readers));
    service.listen(transport);
    LocalSocketFile.setMode(path, !users.isEmpty());
    log.info("readers on this host get blocks over {}", path);
    return service;
  }

  private static int number(String user) throws FabricException {
    if (user.matches("\\d{1,9}")) {
      return Integer.parseInt(user);
    }
    return Posix.user(user)
        .orElseThrow(
            () ->
                new FabricException(
                    "railfs.worker.local.users names '"
                        + user
                        + "', and this host has no such user; 'getent passwd' lists them"));
  }

  private void listen(Transport transport) throws FabricException {
    connections = new DefaultChannelGroup(transport.group().next());
    ChannelFuture bound =
        new ServerBootstrap()
            .group(transport.group())
            .channel(EpollServerDomainSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childHandler(
                new ChannelInitializer<EpollDomainSocketChannel>() {
                  @Override
                  protected void initChannel(EpollDomainSocketChannel channel) {
                    connections.add(channel);
                    channel.pipeline().addLast(new Door());
                  }
                })
            .bind(new DomainSocketAddress(socket.toFile()))
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new FabricException(
          "the Unix socket "
              + socket
              + " cannot be made ("
              + bound.cause().getMessage()
              + "); name another in railfs.worker.local.socket",
          bound.cause());
    }
    listener = bound.channel();
  }

  /**
   * What a data connection's client is offered.
   *
   * @param host the boot id that it has named
   */
  LocalOffer offer(DataHandler connection, String host) {
    if (!problem.isEmpty()) {
      return LocalOffer.newBuilder().setProblem(problem).build();
    }
    if (!host.equals(Host.id())) {
      return LocalOffer.newBuilder().setProblem("the worker is on another host").build();
    }
    return LocalOffer.newBuilder()
        .setSocket(ByteString.copyFrom(socket.toString(), UTF_8))
        .setToken(tickets.offer(connection, others -> true).orElseThrow())
        .build();
  }

  /** What was offered to a connection holds no more. */
  void withdraw(DataHandler connection) {
    tickets.withdraw(connection);
  }

  /** A client says how much it has read from files that it got. */
  void read(long bytes) {
    if (bytes > 0 && bytes < MAX_REPORT) {
      traffic.sent(bytes);
    }
  }

  /** Sends a descriptor, which is closed here once it is on its way, or cannot be. */
  void give(Channel to, SharedBlock shared) {
    FileDescriptor descriptor = new FileDescriptor(shared.descriptor());
    ChannelFuture unused = to.writeAndFlush(descriptor).addListener(sent -> close(descriptor));
  }

  /** Closes the descriptor of a block that nobody gets; null for none. */
  static void close(SharedBlock shared) {
    if (shared != null) {
      close(new FileDescriptor(shared.descriptor()));
    }
  }

  private static void close(FileDescriptor descriptor) {
    try {
      descriptor.close();
    } catch (IOException e) {
      log.warn("closing the descriptor of a block failed; it may be lost", e);
    }
  }

  static void close(Channel channel) {
    // Whatever a close reports, channelInactive reports too.
    ChannelFuture unused = channel.close();
  }

  @Override
  public void close() {
    if (listener != null) {
      boolean ended =
          listener.close().awaitUninterruptibly(CLOSE_TIMEOUT_MILLIS)
              && connections.close().awaitUninterruptibly(CLOSE_TIMEOUT_MILLIS);
      if (!ended) {
        log.warn("the connections of {} did not end in time", socket);
      }
      LocalSocketFile.remove(socket);
    }
  }

  /** One Unix connection: takes the first half of a token, then nothing more. */
  private final class Door extends ChannelInboundHandlerAdapter {
    private final byte[] half = new byte[Tickets.HALF];
    private int got;
    private boolean stranger = true;

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      if (strangers.incrementAndGet() > MAX_STRANGERS) {
        close(ctx.channel());
        return;
      }
      long millis = state.limits().handshakeTimeout();
      Future<?> unused =
          ctx.executor()
              .schedule(
                  () -> {
                    if (stranger) {
                      close(ctx.channel());
                    }
                  },
                  millis,
                  TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      known();
    }

    private void known() {
      if (stranger) {
        stranger = false;
        strangers.decrementAndGet();
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws IOException {
      try {
        ByteBuf bytes = (ByteBuf) message;
        int count = Math.min(bytes.readableBytes(), Tickets.HALF - got);
        if (count < bytes.readableBytes() || !stranger) {
          // More than there is to say.
          close(ctx.channel());
          return;
        }
        bytes.readBytes(half, got, count);
        got += count;
        if (got == Tickets.HALF) {
          admit((EpollDomainSocketChannel) ctx.channel());
        }
      } finally {
        ReferenceCountUtil.release(message);
      }
    }

    private void admit(EpollDomainSocketChannel channel) throws IOException {
      known();
      int user = channel.peerCredentials().uid();
      Tickets.Ticket<DataHandler> ticket = tickets.take(ByteString.copyFrom(half));
      if (ticket == null || !users.contains(user)) {
        state
            .closeStats()
            .add(
                CloseReason.UNTRUSTED,
                channel.remoteAddress(),
                ticket == null
                    ? "what user " + user + " brought to " + socket + " is no token of this worker"
                    : "user " + user + " may not read blocks; railfs.worker.local.users names who");
        close(channel);
        return;
      }
      attach(channel, ticket);
    }

    private void attach(Channel channel, Tickets.Ticket<DataHandler> ticket) {
      DataHandler data = ticket.connection();
      EventLoop loop = data.context().channel().eventLoop();
      try {
        channel.closeFuture().addListener(closed -> loop.execute(() -> data.detach(channel)));
        loop.execute(
            () -> {
              if (!data.context().channel().isActive()) {
                close(channel);
                return;
              }
              data.attach(channel);
              ByteBuf answer = Unpooled.wrappedBuffer(ticket.answer().toByteArray());
              channel.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            });
      } catch (RejectedExecutionException e) {
        close(channel);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      log.debug("a connection of {} broke", socket, cause);
      close(ctx.channel());
    }
  }
}
