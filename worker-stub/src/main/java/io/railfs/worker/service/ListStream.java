// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.listings.Part;
import io.railfs.worker.listings.Parts;
import io.railfs.worker.tasks.TaskPool;
import io.railfs.worker.ufs.UfsException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A listing on its way to a client: a part is taken, by a pool thread where that may block, and
 * written by the event loop, and the next part is taken only while the connection takes more. So a
 * directory of any size needs the memory of a few parts for each client, and one that is slow keeps
 * nobody else.
 *
 * <pre>
 *   taking --part--> writing (loop) --writable--> taking
 *    |   ^             |   \--not writable--> waiting --resume()--> taking
 *    |   |             \--last part, error, connection gone--> closed
 *    |   \--wake()--+
 *    \--not there--> awaiting --time over, connection gone--> closed
 * </pre>
 */
final class ListStream {
  private final RpcHandler connection;
  private final PendingRequest pending;
  private final TaskPool pool;
  private final Parts parts;
  private final String path;
  private final long maxEntries;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Those sent; twice those of a listing that had to be begun again. Used by one thread at a time.
   */
  private long entries;

  // Both of the event loop alone.
  private boolean awaiting;
  private boolean woken;

  /**
   * By the event loop.
   *
   * @param path for messages
   * @param maxEntries after which no part follows; 0 for all
   */
  ListStream(
      RpcHandler connection,
      PendingRequest pending,
      TaskPool pool,
      Parts parts,
      String path,
      long maxEntries) {
    this.connection = requireNonNull(connection, "connection is null");
    this.pending = pending;
    this.pool = pool;
    this.parts = parts;
    this.path = path;
    this.maxEntries = maxEntries;
    pending.whenTimedOut(this::timedOut);
  }

  /** By the event loop: takes the next part. */
  void next() {
    if (parts.isAtHand()) {
      takePart();
    } else if (!pool.tryExecute(this::takePart)) {
      close();
      pending.fail(ErrorCode.BUSY, "the worker has too many requests waiting; try again");
    }
  }

  /**
   * By the event loop, when the connection takes more or has ended. Whether the listing still
   * waits.
   */
  boolean resume() {
    if (pending.isEnded()) {
      close();
      return false;
    }
    if (awaiting || !connection.context().channel().isWritable()) {
      return true;
    }
    pending.startTimer();
    next();
    return false;
  }

  /** By a pool thread, or by the event loop where nothing is to be waited for. */
  private void takePart() {
    if (!connection.context().channel().isActive()) {
      close();
      return;
    }
    try {
      Part part = limited(parts.next(this::wake));
      if (part == null) {
        pending.onLoop(this::await, this::close);
      } else {
        hand(
            Frame.reply(
                connection.context().alloc(),
                Opcode.LIST,
                pending.requestId(),
                part.body(),
                !part.isLast()),
            !part.isLast());
      }
    } catch (UfsException e) {
      close();
      pending.fail(e);
    } catch (RuntimeException | Error e) {
      close();
      pending.fail(RpcHandler.broken(path, e));
    }
  }

  private Part limited(Part part) {
    if (part == null || maxEntries == 0) {
      return part;
    }
    entries += part.entries();
    return entries <= maxEntries || part.isLast() ? part : part.truncated();
  }

  /** By any thread: there is more. */
  private void wake() {
    pending.onLoop(
        () -> {
          woken = true;
          goOn();
        },
        this::close);
  }

  private void await() {
    awaiting = true;
    connection.waits(this);
    goOn();
  }

  /** In whatever order both came. */
  private void goOn() {
    if (!awaiting || !woken) {
      return;
    }
    stopAwaiting();
    if (pending.isEnded()) {
      close();
    } else {
      next();
    }
  }

  private void stopAwaiting() {
    awaiting = false;
    woken = false;
    connection.waitsNoMore(this);
  }

  private void timedOut() {
    if (awaiting) {
      stopAwaiting();
      close();
    }
  }

  private void hand(ByteBuf frame, boolean more) {
    pending.onLoop(
        () -> write(frame, more),
        () -> {
          frame.release();
          close();
        });
  }

  /** By the event loop. */
  private void write(ByteBuf frame, boolean more) {
    if (pending.isEnded()) {
      frame.release();
      close();
    } else if (!more) {
      close();
      pending.end();
      connection.answer(Opcode.LIST.code(), pending.requestId(), frame);
    } else if (!connection.reserve(frame.readableBytes())) {
      frame.release();
      close();
      pending.fail(ErrorCode.BUSY, ConnectionHandler.shortOfMemory().getMessage());
    } else {
      pending.stopTimer();
      connection.part(frame);
      if (resume()) {
        connection.waits(this);
      }
    }
  }

  private void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      parts.close();
    } finally {
      connection.listed();
      pending.settle();
    }
  }
}
