// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.ufs.UfsException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A request whose answer takes work elsewhere. It gets exactly one end: the answer, or an error
 * when its time is over, whichever comes first. Fields are touched by the connection's event loop
 * alone; methods say who may call them.
 */
final class PendingRequest {
  /** What a request that waits takes of the heap, about, and how often its body's size. */
  private static final int BASE_COST = 1 << 10;

  private static final int BODY_COST = 4;

  /** Of the time that the client waits, what is left for the way of an answer. */
  private static final int SHARE_OF_WAY = 5;

  private final ConnectionHandler connection;
  private final EventLoop loop;
  private final Opcode opcode;
  private final long requestId;
  private final RailPath subject;
  private final AtomicInteger cost;
  private Runnable whenTimedOut = () -> {};
  private Future<?> timer;
  private boolean ended;

  /**
   * Called by the event loop.
   *
   * @param subject what is asked about, for messages
   * @throws ProtocolException where too much waits already
   */
  PendingRequest(ConnectionHandler connection, Opcode opcode, Frame frame, RailPath subject)
      throws ProtocolException {
    this.connection = connection;
    this.loop = connection.context().channel().eventLoop();
    this.opcode = opcode;
    this.requestId = frame.header().requestId();
    this.subject = subject;
    int bytes = BASE_COST + BODY_COST * frame.body().size();
    if (!connection.state().budgets().requests().take(bytes)) {
      throw ConnectionHandler.shortOfMemory();
    }
    this.cost = new AtomicInteger(bytes);
    startTimer();
  }

  /** By any thread: the work has ended, and nothing keeps the request any more. */
  void settle() {
    connection.state().budgets().requests().give(cost.getAndSet(0));
  }

  Opcode opcode() {
    return opcode;
  }

  long requestId() {
    return requestId;
  }

  /** By the event loop. */
  boolean isEnded() {
    return ended || !connection.context().channel().isActive();
  }

  /** By the event loop: another piece of work begins, with the full time. */
  void startTimer() {
    long millis = connection.state().limits().requestTimeout();
    long clientWaits = connection.attemptTimeoutMillis();
    long early = clientWaits - clientWaits / SHARE_OF_WAY;
    if (asksUfs() && early > 0 && early < millis) {
      timer = loop.schedule(() -> waited(early, millis), early, TimeUnit.MILLISECONDS);
    } else {
      timer = loop.schedule(() -> timedOut(millis), millis, TimeUnit.MILLISECONDS);
    }
  }

  private boolean asksUfs() {
    return switch (opcode) {
      case READ, STAT, LIST, XATTR, STATFS, LOAD -> true;
      default -> false;
    };
  }

  /**
   * The client is about to ask elsewhere. Where it waits for a UFS that is down it gets that error,
   * as it would take the worker for the one that does not answer; the work goes on for whoever asks
   * again.
   */
  private void waited(long early, long millis) {
    String problem = connection.state().ufsProblem(subject);
    if (problem.isEmpty()) {
      timer = loop.schedule(() -> timedOut(millis), millis - early, TimeUnit.MILLISECONDS);
    } else if (end()) {
      connection.failEarly(opcode.code(), requestId, "'" + subject + "': " + problem);
      whenTimedOut.run();
    }
  }

  /** By the event loop: it will run this, too, when the time is over. */
  void whenTimedOut(Runnable action) {
    whenTimedOut = action;
  }

  void stopTimer() {
    timer.cancel(false);
  }

  private void timedOut(long millis) {
    String problem = asksUfs() ? connection.state().ufsProblem(subject) : "";
    failNow(
        ErrorCode.UFS_FAILED,
        "the worker had no answer about '"
            + subject
            + "' within "
            + millis
            + " ms"
            + (problem.isEmpty() ? "" : ": " + problem));
    whenTimedOut.run();
  }

  /** By any thread: does something on the event loop, or {@code otherwise} where that has ended. */
  void onLoop(Runnable task, Runnable otherwise) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      otherwise.run();
    }
  }

  /** By the event loop: whether the caller may answer now, which it must do then. */
  boolean end() {
    if (isEnded()) {
      return false;
    }
    ended = true;
    stopTimer();
    return true;
  }

  /** By any thread: sends a whole answer. Takes over the frame. */
  void reply(ByteBuf frame) {
    settle();
    onLoop(
        () -> {
          if (end()) {
            connection.answer(opcode.code(), requestId, frame);
          } else {
            frame.release();
          }
        },
        frame::release);
  }

  /** By any thread. */
  void fail(UfsException cause) {
    fail(cause.code(), cause.getMessage());
  }

  /** By any thread. */
  void fail(ErrorCode code, String message) {
    settle();
    onLoop(() -> failNow(code, message), () -> {});
  }

  private void failNow(ErrorCode code, String message) {
    if (end()) {
      connection.fail(opcode.code(), requestId, code, message);
    }
  }
}
