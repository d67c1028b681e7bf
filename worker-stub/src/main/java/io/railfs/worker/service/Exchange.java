package io.railfs.worker.service;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.ufs.UfsException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A request whose answer takes work elsewhere. It gets exactly one end: the answer, or an error
 * when its time is over, whichever comes first. Fields are touched by the connection's event loop
 * alone; methods say who may call them.
 */
final class Exchange {
  private final ConnectionHandler connection;
  private final EventLoop loop;
  private final Opcode opcode;
  private final long requestId;
  private final String subject;
  private Future<?> timer;
  private boolean ended;

  /**
   * Called by the event loop.
   *
   * @param subject what is asked about, for messages
   */
  Exchange(ConnectionHandler connection, Opcode opcode, long requestId, String subject) {
    this.connection = connection;
    this.loop = connection.context().channel().eventLoop();
    this.opcode = opcode;
    this.requestId = requestId;
    this.subject = subject;
    startTimer();
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
    timer = loop.schedule(() -> timedOut(millis), millis, TimeUnit.MILLISECONDS);
  }

  void stopTimer() {
    timer.cancel(false);
  }

  private void timedOut(long millis) {
    failNow(
        ErrorCode.UFS_FAILED,
        "the worker had no answer about '" + subject + "' within " + millis + " ms");
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
    onLoop(
        () -> {
          if (end()) {
            connection.last(frame);
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
    onLoop(() -> failNow(code, message), () -> {});
  }

  private void failNow(ErrorCode code, String message) {
    if (end()) {
      connection.fail(opcode.code(), requestId, code, message);
    }
  }
}
