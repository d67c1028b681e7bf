// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.MessageLite;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundInvoker;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.railfs.fabric.ConnectionLimiter;
import io.railfs.protocol.Frame;
import io.railfs.protocol.FrameDecoder;
import io.railfs.protocol.FrameHeader;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.HelloRequest;
import io.railfs.protocol.messages.LocalOffer;
import io.railfs.protocol.messages.RdmaOffer;
import io.railfs.worker.access.PathGrant;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of a service: HELLO first, then requests, whose replies may come in any order. All
 * methods are called by the connection's event loop.
 *
 * <p>Requests in flight are counted until their reply is written out; at the limit the connection
 * is not read from, so neither work nor replies pile up behind a client that does not read.
 */
abstract class ConnectionHandler extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(ConnectionHandler.class);

  /** How long the rest of what a refused client sends is read, so that it sees the reason. */
  private static final long LINGER_SECONDS = 1;

  private final ServiceState state;
  private final RailTraffic traffic;
  private final FrameDecoder decoder;
  private final ChannelFutureListener written = this::written;
  private ChannelHandlerContext context;
  private ConnectionWatch watch;
  private final ServerAuthenticator authenticator;
  private InetAddress client;
  private boolean entered;
  private boolean greeted;
  private boolean refused;
  private boolean reading;
  private boolean full;
  private long receivedBytes;
  private int inFlight;

  ConnectionHandler(ServiceState state, RailTraffic traffic) {
    this.state = requireNonNull(state, "state is null");
    this.traffic = requireNonNull(traffic, "traffic is null");
    this.authenticator =
        new ServerAuthenticator(
            state.access(),
            new BlockOffers() {
              @Override
              public LocalOffer local(String host) {
                return offer(host);
              }

              @Override
              public RdmaOffer rdma() {
                return rdmaOffer();
              }
            });
    this.decoder = FrameDecoder.ofRequests(state.budgets().frames());
  }

  /**
   * Takes a request of a client that was let in.
   *
   * @throws ProtocolException to refuse the request; the connection goes on
   */
  abstract void request(Opcode opcode, Frame frame) throws ProtocolException;

  /**
   * What a client is offered that wants to read the files of blocks itself.
   *
   * @param host the boot id of its host
   */
  LocalOffer offer(String host) {
    return LocalOffer.newBuilder().setProblem("only the data service gives out blocks").build();
  }

  /** What a client is offered that wants blocks over RDMA. */
  RdmaOffer rdmaOffer() {
    return RdmaOffer.newBuilder().setProblem("only the data service sends blocks").build();
  }

  /** The connection has ended: let go of what it holds. */
  abstract void ended();

  /** What cuts this connection's bytes into frames; it stands before this handler. */
  final FrameDecoder decoder() {
    return decoder;
  }

  /** What the client may read. */
  final PathGrant grant() {
    return authenticator.grant();
  }

  /** How long the client waits for an answer; 0 where it did not say. */
  final int attemptTimeoutMillis() {
    return authenticator.attemptTimeoutMillis();
  }

  final ServiceState state() {
    return state;
  }

  final RailTraffic traffic() {
    return traffic;
  }

  final ChannelHandlerContext context() {
    return context;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    watch = ConnectionWatch.start(ctx.channel(), state, decoder, authenticator);
    client = addressOf(ctx.channel());
    Optional<ConnectionLimiter.Refusal> refusal =
        state.connectionLimiter().enter(ctx.channel(), client);
    entered = refusal.isEmpty();
    if (!entered) {
      CloseReason why =
          switch (refusal.get()) {
            case TOO_MANY -> CloseReason.TOO_MANY;
            case TOO_MANY_OF_ADDRESS -> CloseReason.TOO_MANY_OF_ADDRESS;
          };
      state.closeStats().add(why, ctx.channel().remoteAddress(), "");
      reject();
    }
  }

  private static InetAddress addressOf(Channel channel) {
    return channel.remoteAddress() instanceof InetSocketAddress address
        ? address.getAddress()
        : InetAddress.getLoopbackAddress();
  }

  private void reject() {
    // A client that waits for TLS would not understand a reason in plain.
    if (!state.access().trust().usesTls() && state.tryReject()) {
      context.channel().closeFuture().addListener(closed -> state.rejectionSent());
      refuse(0, ErrorCode.BUSY, "the worker has too many connections; try again later");
    } else {
      refused = true;
      close(context);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (entered) {
      state.connectionLimiter().leave(ctx.channel());
    }
    watch.stop();
    ended();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (refused || !(message instanceof Frame frame)) {
      ReferenceCountUtil.release(message);
      return;
    }
    reading = true;
    receivedBytes += FrameHeader.LENGTH + frame.body().size();
    Opcode opcode = Opcode.ofCode(frame.header().opcode());
    if (!greeted) {
      greet(opcode, frame);
      return;
    }
    began();
    try {
      if (opcode == null) {
        throw unknown(frame.header().opcode());
      }
      request(opcode, frame);
    } catch (ProtocolException e) {
      fail(frame.header().opcode(), frame.header().requestId(), e.code(), e.getMessage());
    }
  }

  static ProtocolException unknown(int opcode) {
    return new ProtocolException(
        ErrorCode.UNKNOWN_OPCODE, "opcode " + opcode + " is not known to this service");
  }

  private void greet(Opcode opcode, Frame frame) {
    long requestId = frame.header().requestId();
    MessageLite reply;
    try {
      reply = authenticator.take(context.channel(), opcode, frame, state.hello(client));
    } catch (ProtocolException e) {
      refuse(requestId, e.code(), e.getMessage());
      return;
    }
    if (authenticator.isOpen()) {
      greeted = true;
      watch.greeted();
      state.connectionLimiter().setEvictable(context.channel(), false);
    }
    began();
    last(Frame.reply(context.alloc(), opcode, requestId, reply, false, 0));
  }

  /**
   * Answers a client that asks again: the HELLO reply as it is now, addresses included. It looks
   * them up, for microseconds; clients ask at most once a second, or a few times to measure.
   */
  final void helloAgain(Frame frame) throws ProtocolException {
    HelloRequest again = frame.parse(HelloRequest.parser());
    HelloReply hello = authenticator.offering(state.hello(client).orElseThrow(), again);
    last(Frame.reply(context.alloc(), Opcode.HELLO, frame.header().requestId(), hello, false, 0));
  }

  /** A frame that is answered goes out; the data service counts what it sends itself. */
  void sending(int bytes) {}

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    reading = false;
    // Once for all requests of a buffer.
    traffic.received(receivedBytes);
    receivedBytes = 0;
    ctx.flush();
  }

  /** A request begins, which ends with what is written last, or with {@link #answered}. */
  final void began() {
    watch.requestBegan();
    inFlight++;
    pace();
  }

  /**
   * Stops reading while too many requests are unanswered, or more of the replies waits than the
   * water mark allows.
   */
  private void pace() {
    int most = state.limits().requestsPerConnection();
    full = full ? inFlight > most / 2 : inFlight >= most;
    boolean read = !full && context.channel().isWritable();
    if (read != context.channel().config().isAutoRead()) {
      context.channel().config().setAutoRead(read);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    pace();
  }

  /** A request has ended. */
  final void answered() {
    watch.requestEnded();
    inFlight--;
    pace();
  }

  private void written(ChannelFuture write) {
    answered();
    if (!write.isSuccess() && write.channel().isOpen()) {
      // Part of a reply may be out: nothing can follow it.
      state
          .closeStats()
          .add(CloseReason.UNSENT, write.channel().remoteAddress(), String.valueOf(write.cause()));
      close(write.channel());
    }
  }

  /**
   * Takes the memory of a reply until it is written.
   *
   * @return false where replies that nobody takes hold too much; the request is to be refused
   */
  final boolean reserve(int bytes) {
    return state.budgets().replies().take(bytes);
  }

  static ProtocolException shortOfMemory() {
    return new ProtocolException(
        ErrorCode.BUSY, "the worker has too much in memory for other clients; try again");
  }

  /** Writes something that more of the same reply follows; its memory was reserved. */
  final void part(ByteBuf frame) {
    int bytes = frame.readableBytes();
    sending(bytes);
    ChannelFuture unused =
        context
            .write(frame)
            .addListener(
                future -> {
                  state.budgets().replies().give(bytes);
                  watch.partWritten();
                });
    flush();
  }

  /** As {@link #last}, of memory that was reserved. */
  final void lastReserved(ByteBuf message) {
    int bytes = message.readableBytes();
    sending(bytes);
    ChannelFuture unused =
        context
            .write(message)
            .addListener(future -> state.budgets().replies().give(bytes))
            .addListener(written);
    flush();
  }

  /** As {@link #last}, or BUSY where there is no memory for it. */
  final void answer(int opcode, long requestId, ByteBuf frame) {
    if (reserve(frame.readableBytes())) {
      lastReserved(frame);
    } else {
      frame.release();
      ProtocolException busy = shortOfMemory();
      fail(opcode, requestId, busy.code(), busy.getMessage());
    }
  }

  /** Writes a whole reply, or the last part of one: the request ends with it. */
  final void last(Object message) {
    if (message instanceof ByteBuf frame) {
      sending(frame.readableBytes());
    }
    ChannelFuture unused = context.write(message).addListener(written);
    flush();
  }

  /** Writes the head of a reply whose payload {@link #last} takes next. */
  final void head(ByteBuf frame) {
    ChannelFuture unused = context.write(frame, context.voidPromise());
  }

  /** Several replies to what one read delivered leave together. */
  private void flush() {
    if (!reading) {
      context.flush();
    }
  }

  /** Ends a request with the error that the UFS is down, while the work goes on. */
  final void failEarly(int opcode, long requestId, String message) {
    state.failed(ErrorCode.UFS_FAILED);
    error(
        requestId,
        Frame.error(context.alloc(), opcode, requestId, ErrorCode.UFS_FAILED, message, true));
  }

  /** Ends a request with an error. */
  final void fail(int opcode, long requestId, ErrorCode code, String message) {
    state.failed(code);
    error(requestId, Frame.error(context.alloc(), opcode, requestId, code, message));
  }

  /** Answers a request with an error, whose frame this takes over. */
  void error(long requestId, ByteBuf frame) {
    last(frame);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
    boolean wrapped = thrown instanceof DecoderException && thrown.getCause() != null;
    Throwable cause = wrapped ? thrown.getCause() : thrown;
    if (cause instanceof ProtocolException e) {
      if (e.code() != ErrorCode.UNTRUSTED) {
        boolean busy = e.code() == ErrorCode.BUSY;
        closing(busy ? CloseReason.NO_MEMORY : CloseReason.BROKEN, e.getMessage());
      }
      refuse(0, e.code(), e.getMessage());
    } else if (cause instanceof SSLException && !greeted) {
      state.failed(ErrorCode.UNTRUSTED);
      closing(CloseReason.UNTRUSTED, "TLS failed: " + cause.getMessage());
      close(ctx);
    } else if (cause instanceof IOException) {
      log.debug("connection of {} broke", ctx.channel().remoteAddress(), cause);
      close(ctx);
    } else {
      log.error("closing {}: the worker failed", ctx.channel().remoteAddress(), cause);
      close(ctx);
    }
  }

  private void closing(CloseReason why, String detail) {
    state.closeStats().add(why, context.channel().remoteAddress(), detail);
  }

  /** Answers an error and ends the connection. */
  private void refuse(long requestId, ErrorCode code, String message) {
    if (refused) {
      return;
    }
    refused = true;
    state.failed(code);
    if (code == ErrorCode.UNTRUSTED) {
      closing(CloseReason.UNTRUSTED, message);
    }
    ByteBuf frame = Frame.error(context.alloc(), 0, requestId, code, message);
    ChannelFuture unused = context.writeAndFlush(frame).addListener(this::linger);
  }

  /** A close with unread bytes would reset the connection and lose the reply on its way. */
  private void linger(Future<? super Void> write) {
    if (write.isSuccess() && context.channel() instanceof SocketChannel socket) {
      ChannelFuture unused = socket.shutdownOutput();
      Future<?> later =
          context.executor().schedule(() -> close(socket), LINGER_SECONDS, TimeUnit.SECONDS);
      socket.closeFuture().addListener(closed -> later.cancel(false));
    } else {
      close(context);
    }
  }

  private static void close(ChannelOutboundInvoker channel) {
    // Whatever a close reports, channelInactive reports too.
    ChannelFuture unused = channel.close();
  }
}
