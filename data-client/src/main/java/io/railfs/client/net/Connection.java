// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.railfs.client.Causes;
import io.railfs.protocol.Frame;
import io.railfs.protocol.FrameHeader;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ErrorReply;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One channel to a worker with many requests under way. {@link #send} and {@link #closeIfSilent}
 * may be called by any thread; everything else happens on the channel's event loop, without locks.
 *
 * <p>Every call ends: with its answer, with the connection, or at its time, which a sweep looks up
 * every {@link #SWEEP_MILLIS} as long as something is under way (a timer for each would cost more
 * than the reads it guards). After its time a call is replaced by a {@link WorkerCall.Dropped},
 * which takes the late answer.
 *
 * <p>A worker may be slow with one answer, or hang. When nothing arrives for half of a call's time
 * the worker is probed; if then still nothing has arrived, it hangs, and the connection is closed
 * so that everything else that waits on it goes elsewhere now.
 */
public final class Connection extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  /** How late the end of a call may be noticed. */
  public static final int SWEEP_MILLIS = 50;

  /** Late answers that are waited for, before the connection is given up. */
  private static final int MAX_DROPPED = 4096;

  /** Shortest time that a worker has to prove that it is there. */
  private static final long MIN_PROOF_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** Keeps the connection. */
  interface Owner {
    /**
     * Called once, on the event loop, before the calls under way fail.
     *
     * @param idle whether nobody waited for anything
     */
    void connectionClosed(Connection connection, AttemptException cause, boolean idle);
  }

  private final Channel channel;
  private final WorkerRoute route;
  private final String name;
  private final long timeoutNanos;
  private final Rails.Counters counters;
  private final Owner owner;
  private final CallTable calls = new CallTable();
  private final Runnable flush = this::flush;

  /** What brings the bytes of blocks; another one takes over once it works. */
  private volatile BlockTransport blocks = new TcpBlocks(this);

  private volatile String transportProblem = "";

  /** Whether RDMA is to wait, as it was just made and brought nothing. On the event loop. */
  private boolean rdmaWaits;

  /** What it had brought when {@link #quietNanos} was asked last. */
  private long blockBytes;

  private boolean flushing;
  private boolean probing;
  private ScheduledFuture<?> sweep;
  private long lastReadNanos = System.nanoTime();
  private long lastAskedNanos = lastReadNanos;
  private AttemptException closed;

  /** The reply whose payload arrives. */
  private long receivingId;

  private boolean receivingLast;
  private int payloadLeft;
  private int lastPayload;

  /**
   * A connection over a channel that is about to connect.
   *
   * @param route the way it takes
   * @param timeoutNanos longest silence of a call
   * @param counters of its rail
   */
  Connection(
      Channel channel, WorkerRoute route, long timeoutNanos, Rails.Counters counters, Owner owner) {
    this.channel = requireNonNull(channel, "channel is null");
    this.route = requireNonNull(route, "route is null");
    this.name = route.name();
    this.timeoutNanos = timeoutNanos;
    this.counters = requireNonNull(counters, "counters is null");
    this.owner = requireNonNull(owner, "owner is null");
  }

  /** The worker, address and device, for messages. */
  public String name() {
    return name;
  }

  /** The way it takes. */
  public WorkerRoute route() {
    return route;
  }

  public Channel channel() {
    return channel;
  }

  /** Longest silence of a call. */
  int attemptTimeoutMillis() {
    return (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(timeoutNanos));
  }

  /** Payload bytes asked for and not answered; by any thread. */
  long bytesInFlight() {
    return calls.bytesInFlight();
  }

  /** Fetches bytes of a block by what brings them here; the read is notified of its end. */
  public void fetch(BlockRead read) {
    blocks.fetch(read);
  }

  /** What brings the bytes of blocks. */
  BlockTransport blocks() {
    return blocks;
  }

  /** From now on something else brings the bytes of blocks. On the event loop. */
  void setBlocks(BlockTransport transport) {
    blocks = transport;
  }

  /** Why a better transport does not bring them; empty where it does, or none is wanted. */
  String transportProblem() {
    return transportProblem;
  }

  void setTransportProblem(String problem) {
    transportProblem = problem;
  }

  boolean rdmaWaits() {
    return rdmaWaits;
  }

  void letRdmaWait(boolean waits) {
    rdmaWaits = waits;
  }

  /** What came or went over it is counted there. */
  Rails.Counters counters() {
    return counters;
  }

  /** Sends the request; the call is notified of its end. */
  public void send(WorkerCall call) {
    announce(call);
    EventLoop loop = channel.eventLoop();
    if (loop.inEventLoop()) {
      start(call);
      return;
    }
    try {
      loop.execute(() -> start(call));
    } catch (RejectedExecutionException e) {
      call.onFailure(
          new AttemptException(AttemptException.Kind.CLOSED, "the client was closed", e));
    }
  }

  /** A read begins that is not registered. By the thread that it belongs to. */
  void started(WorkerCall call) {
    call.started(System.nanoTime(), timeoutNanos);
  }

  /** Runs something on the event loop later, where that is still there then. */
  void schedule(Runnable task, long millis) {
    try {
      ScheduledFuture<?> unused = channel.eventLoop().schedule(task, millis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("{} has no thread any more, as the client is closing", name);
    }
  }

  /** Counts a call that {@link #register} follows for; by any thread. */
  void announce(WorkerCall call) {
    calls.announce(call);
  }

  /**
   * Takes in a call that something else answers, which is announced, so that it has a deadline here
   * and fails with the connection. On the event loop.
   *
   * @return false where the connection has ended; the call has failed then
   */
  boolean register(WorkerCall call) {
    if (closed != null) {
      call.onFailure(closed);
      return false;
    }
    lastAskedNanos = System.nanoTime();
    call.started(lastAskedNanos, timeoutNanos);
    calls.add(call);
    if (sweep == null) {
      scheduleSweep();
    }
    return true;
  }

  /** The worker has sent something beside this channel. On the event loop. */
  void heard() {
    lastReadNanos = System.nanoTime();
  }

  /** Payload of a registered call has come beside this channel. On the event loop. */
  void arrived(WorkerCall call, int bytes) {
    calls.arrived(call, bytes);
    call.progressed(lastReadNanos, timeoutNanos);
  }

  /** Sends a call that is registered. On the event loop. */
  void sendRegistered(WorkerCall call) {
    write(call);
  }

  /**
   * Takes a call that was registered out again. On the event loop.
   *
   * @param id that it had
   * @return false where it has ended meanwhile, at its time or with the connection
   */
  boolean takeOut(WorkerCall call, long id) {
    WorkerCall found = closed == null ? calls.find(id) : null;
    if (found != null) {
      calls.remove(id);
    }
    return found == call;
  }

  /** Whether a call has been sent, or registered, and has not ended. On the event loop. */
  public boolean isUnderWay(WorkerCall call) {
    return closed == null && calls.find(call.id()) == call;
  }

  /** Closes the channel and fails what is under way. To be called on the event loop. */
  void close(AttemptException cause) {
    if (closed != null) {
      return;
    }
    closed = cause;
    List<WorkerCall> open = calls.clear();
    if (sweep != null) {
      sweep.cancel(false);
    }
    channel.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    blocks.close();
    owner.connectionClosed(this, cause, open.isEmpty());
    for (WorkerCall call : open) {
      fail(call, cause);
    }
  }

  /** Runs something on the event loop; false where there is none any more. */
  public boolean execute(Runnable task) {
    try {
      channel.eventLoop().execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      log.debug("{} has no thread any more, as the client is closing", name);
      return false;
    }
  }

  /** Forgets a call; false where it has ended. To be called on the event loop. */
  public boolean drop(WorkerCall call) {
    return closed == null && calls.drop(call);
  }

  /** How long nothing has gone over it, 0 while something is under way. On the event loop. */
  long quietNanos() {
    boolean busy = calls.live() > 0 || calls.bytesInFlight() > 0;
    long now = System.nanoTime();
    long moved = blocks.bytes();
    if (moved != blockBytes) {
      blockBytes = moved;
      lastAskedNanos = now;
    }
    return busy ? 0 : Math.min(now - lastAskedNanos, now - lastReadNanos);
  }

  /** Closes the channel where nothing has arrived for a while; see the class comment. */
  public void closeIfSilent(AttemptException cause) {
    boolean unused =
        execute(
            () -> {
              if (isSilent(System.nanoTime())) {
                close(cause);
              }
            });
  }

  /**
   * Where nothing has arrived for a while, asks the worker whether it is there, and closes the
   * channel unless it answers soon: another rail's silence may be this one's, or that rail's alone.
   */
  public void proveIfSilent(AttemptException cause) {
    boolean unused =
        execute(
            () -> {
              long now = System.nanoTime();
              if (closed == null && !probing && isSilent(now)) {
                prove(now + Math.max(timeoutNanos / 4, MIN_PROOF_NANOS), cause);
              }
            });
  }

  /**
   * Asks the worker whether it is alive; any answer shows that it is.
   *
   * @param ended takes the cause where there was no answer, null where there was one
   */
  public void probe(long deadlineNanos, Consumer<AttemptException> ended) {
    send(ClientHandshake.probe(deadlineNanos, ended));
  }

  private void prove(long deadlineNanos, AttemptException otherwise) {
    probing = true;
    probe(
        deadlineNanos,
        failure -> {
          probing = false;
          if (failure != null) {
            close(otherwise);
          }
        });
  }

  private boolean isSilent(long now) {
    // Behind half of the time by more than a sweep and a round trip: a probe was not answered.
    return now - lastReadNanos > timeoutNanos / 4 * 3;
  }

  private void start(WorkerCall call) {
    if (register(call)) {
      write(call);
    }
  }

  private void write(WorkerCall call) {
    ByteBuf request = Frame.request(channel.alloc(), call.opcode(), call.id(), call.request());
    counters.sent(request.readableBytes());
    channel.write(request).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    if (!flushing) {
      // Behind the requests that other threads have queued by now: one system call sends them all.
      flushing = true;
      channel.eventLoop().execute(flush);
    }
  }

  private void flush() {
    flushing = false;
    channel.flush();
  }

  private void scheduleSweep() {
    sweep = channel.eventLoop().schedule(this::sweep, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void sweep() {
    sweep = null;
    if (closed != null) {
      return;
    }
    long now = System.nanoTime();
    List<WorkerCall> expired = calls.dropExpired(now);
    boolean hangs = isSilent(now) && expired.stream().anyMatch(e -> !e.isPastDeadline(now));
    for (WorkerCall call : expired) {
      fail(call, timedOut(now - call.startedNanos()));
    }
    if (hangs || calls.dropped() > MAX_DROPPED) {
      close(timedOut(now - lastReadNanos));
      return;
    }
    if (closed == null && calls.live() > 0) {
      calls.slow(now).forEach(WorkerCall::onSlow);
      if (!probing && now - lastReadNanos > timeoutNanos / 2) {
        probing = true;
        probe(now + timeoutNanos, failure -> probing = false);
      }
      if (sweep == null) {
        scheduleSweep();
      }
    }
  }

  private AttemptException timedOut(long nanos) {
    return new AttemptException(
        AttemptException.Kind.TIMED_OUT,
        name + " gave no answer for " + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms");
  }

  /** One call that fails badly must not keep the others from their end. */
  private void fail(WorkerCall call, AttemptException cause) {
    try {
      call.onFailure(cause);
    } catch (RuntimeException e) {
      log.error("{}: the end of a request was not taken: internal error (bug)", name, e);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws ProtocolException {
    try {
      if (closed != null) {
        return;
      }
      lastReadNanos = System.nanoTime();
      if (message instanceof Frame frame) {
        receive(frame);
      } else {
        receive((ByteBuf) message);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void receive(Frame frame) throws ProtocolException {
    FrameHeader header = frame.header();
    counters.received(FrameHeader.LENGTH + header.bodyLength());
    check(header.isResponse(), "a request came from the worker");
    if (header.isError()) {
      receiveError(header, frame.parse(ErrorReply.parser()));
      return;
    }
    WorkerCall call = calls.find(header.requestId());
    check(call != null, "an answer came to a request that was not sent");
    check(header.opcode() == call.opcode().code(), "an answer came with another opcode");
    check(!header.hasMore() || call.takesSeveralReplies(), "an answer came in several parts");
    check(
        header.payloadLength() == call.payloadLength() || call instanceof WorkerCall.Dropped,
        "an answer's payload has another length than was asked for");
    call.progressed(lastReadNanos, timeoutNanos);
    call.onReply(frame);
    receivingId = header.requestId();
    receivingLast = !header.hasMore();
    payloadLeft = header.payloadLength();
    lastPayload = payloadLeft;
    endReplyIfWhole(call);
  }

  private void receiveError(FrameHeader header, ErrorReply error) throws ProtocolException {
    check(header.payloadLength() == 0, "an error came with a payload");
    WorkerCall call = calls.find(header.requestId());
    if (call == null) {
      // What a worker says before it closes, about a frame that it could not read.
      close(AttemptException.turnedAway(name, error));
      return;
    }
    calls.remove(header.requestId());
    call.onFailure(AttemptException.refused(name, error));
  }

  /** See {@link ReceiveBuffers}: where the next bytes of a payload belong, or null. */
  ByteBuf place() {
    return payloadLeft() == 0 ? null : calls.find(receivingId).place(payloadLeft);
  }

  /** Bytes of the payload that arrives, which are still to come. */
  int payloadLeft() {
    return closed == null ? payloadLeft : 0;
  }

  /** Bytes of payload of the last reply: the next one will be much like it. */
  int lastPayload() {
    return lastPayload;
  }

  private void receive(ByteBuf piece) {
    // Looked up each time: the sweep may have put a stub in its place.
    WorkerCall call = calls.find(receivingId);
    counters.received(piece.readableBytes());
    payloadLeft -= piece.readableBytes();
    calls.arrived(call, piece.readableBytes());
    call.progressed(lastReadNanos, timeoutNanos);
    call.onPayload(piece);
    endReplyIfWhole(call);
  }

  private void endReplyIfWhole(WorkerCall call) {
    if (payloadLeft == 0 && receivingLast) {
      calls.remove(receivingId);
      call.onEnd();
    }
  }

  private static void check(boolean holds, String otherwise) throws ProtocolException {
    if (!holds) {
      throw new ProtocolException(ErrorCode.INVALID_REQUEST, otherwise);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    close(lost("closed the connection", null));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
    Throwable cause = Causes.unwrap(thrown);
    if (cause instanceof SSLException || cause instanceof ProtocolException) {
      close(AttemptException.broken(name, cause));
      return;
    }
    if (!(cause instanceof IOException)) {
      log.error("{}: closing the connection: internal error (bug)", name, cause);
    }
    close(lost("lost the connection: " + Causes.describe(cause), cause));
  }

  private AttemptException lost(String what, Throwable cause) {
    return new AttemptException(AttemptException.Kind.CONNECTION_LOST, name + " " + what, cause);
  }
}
