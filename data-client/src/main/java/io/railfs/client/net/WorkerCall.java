// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import com.google.protobuf.MessageLite;
import io.netty.buffer.ByteBuf;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ErrorCode;

/**
 * One request on one {@link Connection} and what becomes of its answer. The connection calls every
 * method on its event loop: {@link #onReply} and {@link #onPayload} as often as the answer has
 * parts, then {@link #onEnd} or, at any time before, {@link #onFailure}; nothing afterwards.
 */
public abstract class WorkerCall {
  private final Opcode opcode;
  private volatile long deadlineNanos;
  private long id;
  private long startedNanos;
  private long expiresNanos;
  private int arrived;

  /**
   * @param deadlineNanos the {@link System#nanoTime} after which the answer is of no use
   */
  protected WorkerCall(Opcode opcode, long deadlineNanos) {
    this.opcode = opcode;
    this.deadlineNanos = deadlineNanos;
  }

  public final Opcode opcode() {
    return opcode;
  }

  /** Body of the request. */
  protected abstract MessageLite request();

  /** Bytes of payload that a reply must carry. */
  protected int payloadLength() {
    return 0;
  }

  /** Bytes of payload that have not come yet. */
  final int payloadLeft() {
    return payloadLength() - arrived;
  }

  final void arrived(int bytes) {
    arrived += bytes;
  }

  /** Whether its answer takes longer than usual, so that {@link #onSlow} is to be called. */
  protected boolean isSlow(long now) {
    return false;
  }

  /** It is slow, and goes on all the same. */
  protected void onSlow() {}

  /** Whether the answer may come in several replies. */
  protected boolean takesSeveralReplies() {
    return false;
  }

  /** Whether silence ends it only at its deadline, not at the connection's time. */
  protected boolean lastsUntilDeadline() {
    return false;
  }

  /**
   * Takes header and body of a reply.
   *
   * @throws ProtocolException where the worker broke the protocol
   */
  protected abstract void onReply(Frame reply) throws ProtocolException;

  /**
   * Where the next bytes of the payload should be received, null for anywhere. If bytes arrive in
   * it, the next call of {@link #onPayload} gets this same buffer.
   *
   * @param limit bytes that are left of the payload
   */
  protected ByteBuf place(int limit) {
    return null;
  }

  /** Takes payload in order; the bytes are valid during the call. */
  protected void onPayload(ByteBuf piece) {
    throw new IllegalStateException(opcode + " has no payload");
  }

  /** The answer is complete. */
  protected abstract void onEnd();

  /** There will be no answer. */
  protected abstract void onFailure(AttemptException cause);

  /** Its request id, once it was sent. */
  final long id() {
    return id;
  }

  final void setId(long requestId) {
    id = requestId;
  }

  final void started(long now, long timeoutNanos) {
    startedNanos = now;
    progressed(now, timeoutNanos);
  }

  final void progressed(long now, long timeoutNanos) {
    expiresNanos =
        lastsUntilDeadline() ? deadlineNanos : now + Math.min(timeoutNanos, deadlineNanos - now);
  }

  /** By the event loop: the answer is on its way and may take until then. */
  protected final void extendDeadline(long nanos) {
    deadlineNanos = nanos;
  }

  /** By any thread. */
  public final long deadlineNanos() {
    return deadlineNanos;
  }

  final boolean isExpired(long now) {
    return now - expiresNanos >= 0;
  }

  final boolean isPastDeadline(long now) {
    return now - deadlineNanos >= 0;
  }

  public final long startedNanos() {
    return startedNanos;
  }

  /**
   * Stands in for a call that timed out: takes its late answer and forgets it, so that nothing of
   * it reaches memory which may serve another read by then.
   */
  public static final class Dropped extends WorkerCall {
    /** So much of a listing that nobody waits for costs more than another connection. */
    private static final int MAX_PARTS = 256;

    private final boolean severalReplies;
    private int parts;

    Dropped(WorkerCall of) {
      super(of.opcode, of.deadlineNanos);
      severalReplies = of.takesSeveralReplies();
    }

    @Override
    protected MessageLite request() {
      throw new IllegalStateException("a dropped call is not sent");
    }

    @Override
    protected boolean takesSeveralReplies() {
      return severalReplies;
    }

    @Override
    protected void onReply(Frame reply) throws ProtocolException {
      if (++parts > MAX_PARTS) {
        throw new ProtocolException(
            ErrorCode.INVALID_REQUEST, "an answer that nobody waits for any more does not end");
      }
    }

    @Override
    protected void onPayload(ByteBuf piece) {}

    @Override
    protected void onEnd() {}

    @Override
    protected void onFailure(AttemptException cause) {}
  }
}
