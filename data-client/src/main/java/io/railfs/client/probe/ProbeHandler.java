// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.probe;

import com.google.protobuf.MessageLite;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.railfs.client.Causes;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ErrorReply;
import io.railfs.protocol.messages.ProbeRequest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLException;

/**
 * One connection's requests: one call at a time, or a pump that keeps {@link #WINDOW} probes under
 * way. Fields belong to the event loop; {@link #failure} may be waited for by any thread.
 */
final class ProbeHandler extends ChannelInboundHandlerAdapter {
  static final int WINDOW = 4;

  /** As large as the largest fetch of a stream. */
  static final int PROBE_LENGTH = 1 << 20;

  private static final ProbeRequest PROBE =
      ProbeRequest.newBuilder().setLength(PROBE_LENGTH).build();

  private final LongAdder received;
  private final CompletableFuture<Void> failure = new CompletableFuture<>();
  private ChannelHandlerContext context;
  private ProbeException broken;
  private CompletableFuture<Frame> call;
  private CompletableFuture<Void> drained;
  private boolean pumping;
  private int inFlight;
  private int expectedLength = PROBE_LENGTH;
  private int payloadLeft;
  private long requestId;

  /**
   * @param received counts payload bytes
   */
  ProbeHandler(LongAdder received) {
    this.received = received;
  }

  /** Never completes well; fails with a {@link ProbeException} when the connection does. */
  CompletableFuture<Void> failure() {
    return failure;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  void call(Opcode opcode, MessageLite body, CompletableFuture<Frame> answer) {
    if (broken != null) {
      answer.completeExceptionally(broken);
      return;
    }
    call = answer;
    send(opcode, body);
  }

  void pump() {
    pumping = broken == null;
    while (pumping && inFlight < WINDOW) {
      inFlight++;
      send(Opcode.PROBE, PROBE);
    }
  }

  /** Asks once, while nothing else is under way. */
  void exchange(ProbeRequest request, CompletableFuture<Void> done) {
    expectedLength = request.getLength();
    inFlight = 1;
    drain(done);
    if (broken == null) {
      send(Opcode.PROBE, request);
    }
  }

  /** Asks for no more; what is under way still comes. */
  void drain(CompletableFuture<Void> done) {
    pumping = false;
    drained = done;
    if (broken != null) {
      done.completeExceptionally(broken);
    } else if (inFlight == 0) {
      done.complete(null);
    }
  }

  private void send(Opcode opcode, MessageLite body) {
    context
        .writeAndFlush(Frame.request(context.alloc(), opcode, ++requestId, body))
        .addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws ProtocolException {
    if (message instanceof Frame frame) {
      frame(frame);
    } else if (message instanceof ByteBuf bytes) {
      payload(bytes.readableBytes());
      bytes.release();
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  private void frame(Frame frame) throws ProtocolException {
    payloadLeft = frame.header().payloadLength();
    if (frame.header().isError() && (call == null || frame.header().opcode() == 0)) {
      fail(ProbeException.refused(frame.parse(ErrorReply.parser())));
    } else if (call != null) {
      CompletableFuture<Frame> answered = call;
      call = null;
      answered.complete(frame);
    } else if (frame.header().opcode() == Opcode.PROBE.code()) {
      if (payloadLeft != expectedLength) {
        fail(new ProbeException("it answered a probe with " + payloadLeft + " bytes"));
      }
    }
  }

  private void payload(int length) {
    received.add(length);
    payloadLeft -= length;
    if (payloadLeft > 0) {
      return;
    }
    if (pumping) {
      send(Opcode.PROBE, PROBE);
    } else if (--inFlight == 0 && drained != null) {
      drained.complete(null);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(new ProbeException("it closed the connection"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
    Throwable cause = Causes.unwrap(thrown);
    String message =
        cause instanceof SSLException || cause.getMessage() != null
            ? Causes.describe(cause)
            : cause.toString();
    fail(new ProbeException("the connection broke: " + message, cause));
  }

  private void fail(ProbeException cause) {
    if (broken != null) {
      return;
    }
    broken = cause;
    failure.completeExceptionally(cause);
    if (call != null) {
      call.completeExceptionally(cause);
    }
    if (drained != null) {
      drained.completeExceptionally(cause);
    }
    pumping = false;
    context.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
  }
}
