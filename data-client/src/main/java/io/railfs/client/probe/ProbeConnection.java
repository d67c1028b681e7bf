// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.probe;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.socket.SocketChannel;
import io.railfs.client.Causes;
import io.railfs.client.ClientAuthenticator;
import io.railfs.fabric.Devices;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Transport;
import io.railfs.fabric.trust.Trust;
import io.railfs.protocol.Frame;
import io.railfs.protocol.FrameDecoder;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ErrorReply;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.HelloRequest;
import io.railfs.protocol.messages.ProbeRequest;
import io.railfs.protocol.messages.ProveReply;
import io.railfs.protocol.messages.ProveRequest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;

/**
 * A connection of its own to one service of a worker. Methods block their caller until the answer
 * is there or the timeout has passed; for one thread.
 */
public final class ProbeConnection implements AutoCloseable {
  private static final int MAX_RECEIVE = 512 << 10;
  private static final int ROUND_TRIPS = 21;
  private static final HelloRequest HELLO =
      HelloRequest.newBuilder().setClient("railfs probe").build();

  private final Channel channel;
  private final ProbeHandler handler;
  private final Duration timeout;
  private final HelloReply hello;

  private ProbeConnection(Channel channel, ProbeHandler handler, Duration timeout, Trust trust)
      throws ProbeException, InterruptedException {
    this.channel = channel;
    this.handler = handler;
    this.timeout = timeout;
    this.hello = introduce(new ClientAuthenticator(trust, channel.remoteAddress()));
  }

  private HelloReply introduce(ClientAuthenticator introduction)
      throws ProbeException, InterruptedException {
    HelloReply reply = call(Opcode.HELLO, introduction.hello(HELLO), HelloReply.parser());
    try {
      Optional<ProveRequest> proof = introduction.answer(reply);
      return proof.isEmpty()
          ? reply
          : introduction.greeting(call(Opcode.PROVE, proof.get(), ProveReply.parser()));
    } catch (ProtocolException e) {
      throw new ProbeException("it " + e.getMessage(), e);
    }
  }

  /**
   * Connects, and introduces itself.
   *
   * @param timeout of the connect, and of each answer
   */
  public static ProbeConnection open(
      Transport transport, Trust trust, ProbeTarget target, Duration timeout)
      throws ProbeException, InterruptedException {
    return open(transport, trust, target, timeout, new LongAdder());
  }

  /**
   * As {@link #open}, over the first of these ways that answers, all within one timeout.
   *
   * @param targets at least one
   */
  public static ProbeConnection openAny(
      Transport transport, Trust trust, List<ProbeTarget> targets, Duration timeout)
      throws ProbeException, InterruptedException {
    ProbeException first = null;
    for (ProbeTarget target : targets) {
      try {
        return open(transport, trust, target, timeout.dividedBy(targets.size()));
      } catch (ProbeException e) {
        if (e.isUntrusted()) {
          throw e;
        }
        first = first == null ? e : first;
      }
    }
    throw requireNonNull(first, "there are no targets");
  }

  static ProbeConnection open(
      Transport transport, Trust trust, ProbeTarget target, Duration timeout, LongAdder received)
      throws ProbeException, InterruptedException {
    InetSocketAddress address = target.address();
    if (address.isUnresolved()) {
      throw new ProbeException("the host name '" + address.getHostString() + "' is not known");
    }
    ProbeHandler handler = new ProbeHandler(received);
    Channel channel = connect(bootstrap(transport, trust, target, timeout, handler), address);
    try {
      return new ProbeConnection(channel, handler, timeout, trust);
    } catch (ProbeException | InterruptedException | RuntimeException e) {
      closeNow(channel);
      throw e;
    }
  }

  private static Bootstrap bootstrap(
      Transport transport, Trust trust, ProbeTarget target, Duration timeout, ProbeHandler handler)
      throws ProbeException {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(transport.group())
            .channel(transport.socketChannel())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(timeout.toMillis()))
            .option(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(2 << 10, 16 << 10, MAX_RECEIVE))
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel socket) {
                    if (trust.usesTls()) {
                      socket
                          .pipeline()
                          .addLast(
                              trust.clientHandler(
                                  socket.alloc(), target.worker(), timeout.toMillis()));
                    }
                    socket.pipeline().addLast(new FrameDecoder(ProbeHandler.PROBE_LENGTH), handler);
                  }
                });
    if (target.segment() > 0) {
      transport.maxSegment(bootstrap, target.segment());
    }
    if (!target.device().isEmpty()) {
      try {
        requireUsable(target.device());
        Transport.bindToDevice(bootstrap, target.device());
      } catch (FabricException e) {
        throw new ProbeException(String.valueOf(e.getMessage()), e);
      }
    }
    return bootstrap;
  }

  /** The kernel would lend a device without an address that of another one; a mount does not. */
  private static void requireUsable(String device) throws FabricException {
    String problem = Devices.problem(device);
    if (!problem.isEmpty()) {
      throw new FabricException("network device '" + device + "' " + problem);
    }
  }

  private static Channel connect(Bootstrap bootstrap, InetSocketAddress address)
      throws ProbeException, InterruptedException {
    ChannelFuture connecting = bootstrap.connect(address).await();
    if (!connecting.isSuccess()) {
      Throwable cause = connecting.cause();
      throw new ProbeException(Causes.describe(cause), cause);
    }
    return connecting.channel();
  }

  /** The worker's HELLO reply. */
  public HelloReply hello() {
    return hello;
  }

  /** The address from which the connection goes out. */
  public InetAddress localAddress() {
    return ((InetSocketAddress) channel.localAddress()).getAddress();
  }

  /** Where it goes to. */
  public InetSocketAddress remoteAddress() {
    return (InetSocketAddress) channel.remoteAddress();
  }

  /**
   * Asks and waits.
   *
   * @throws ProbeException where it was refused, broke, or took too long
   */
  public <M extends Message> M call(Opcode opcode, MessageLite body, Parser<M> parser)
      throws ProbeException, InterruptedException {
    try {
      Frame answer = ask(opcode, body);
      if (answer.header().isError()) {
        throw ProbeException.refused(answer.parse(ErrorReply.parser()));
      }
      return answer.parse(parser);
    } catch (ProtocolException e) {
      throw new ProbeException("it does not speak RailFS: " + e.getMessage(), e);
    }
  }

  private Frame ask(Opcode opcode, MessageLite body) throws ProbeException, InterruptedException {
    CompletableFuture<Frame> answer = new CompletableFuture<>();
    channel.eventLoop().execute(() -> handler.call(opcode, body, answer));
    return await(answer);
  }

  <T> T await(CompletableFuture<T> answer) throws ProbeException, InterruptedException {
    try {
      return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new ProbeException("no answer within " + timeout.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      throw new ProbeException(String.valueOf(e.getCause().getMessage()), e.getCause());
    }
  }

  /** The median time of some questions and their answers, in nanoseconds. */
  public long roundTripNanos() throws ProbeException, InterruptedException {
    long[] nanos = new long[ROUND_TRIPS];
    for (int i = 0; i < ROUND_TRIPS; i++) {
      long started = System.nanoTime();
      // HELLO is answered again; a worker of an older release refuses, which takes as long.
      ask(Opcode.HELLO, HELLO);
      nanos[i] = System.nanoTime() - started;
    }
    Arrays.sort(nanos);
    return nanos[ROUND_TRIPS / 2];
  }

  /** What the kernel knows of the way; empty without the epoll transport. */
  public Optional<PathFacts> path() {
    if (!(channel instanceof EpollSocketChannel socket) || !socket.isOpen()) {
      return Optional.empty();
    }
    EpollTcpInfo info = socket.tcpInfo();
    return Optional.of(
        new PathFacts(
            (int) info.pmtu(), (int) info.sndMss(), (int) info.rcvMss(), info.totalRetrans()));
  }

  /** Sends so much, and waits until so much has come back. */
  void exchange(int padding, int length) throws ProbeException, InterruptedException {
    ProbeRequest request =
        ProbeRequest.newBuilder()
            .setLength(length)
            .setPadding(ByteString.copyFrom(new byte[padding]))
            .build();
    CompletableFuture<Void> done = new CompletableFuture<>();
    channel.eventLoop().execute(() -> handler.exchange(request, done));
    await(done);
  }

  CompletableFuture<Void> failure() {
    return handler.failure();
  }

  void pump() {
    channel.eventLoop().execute(handler::pump);
  }

  void drain() throws ProbeException, InterruptedException {
    CompletableFuture<Void> drained = new CompletableFuture<>();
    channel.eventLoop().execute(() -> handler.drain(drained));
    await(drained);
  }

  @Override
  public void close() {
    closeNow(channel);
  }

  private static void closeNow(Channel channel) {
    channel.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
  }
}
