// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.rdma;

import static java.util.Objects.requireNonNull;

import io.railfs.fabric.FabricException;
import io.railfs.fabric.verbs.Completion;
import io.railfs.fabric.verbs.VerbsQueue;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a peer. It ends once, whatever ends it: closed by either side, a queue pair
 * that breaks, a port that goes down. Thread-safe.
 *
 * <p>A connection has at most a share of the port's buffers, so that a peer who takes nothing does
 * not keep the others from theirs.
 */
public final class RdmaConnection {
  private static final Logger log = LoggerFactory.getLogger(RdmaConnection.class);

  private final RdmaPort port;
  private final VerbsQueue queue;
  private final RdmaHandler handler;
  private final int share;
  private final Queue<Consumer<RdmaBuffer>> takers = new ArrayDeque<>();

  /** Buffers that are taken, those under way among them. */
  private int held;

  private int underWay;
  private boolean closed;
  private long closedNanos;

  /** Whether the handler is being informed that the connection is there; its end waits for that. */
  private boolean establishing;

  /** Why it ended in that time; null where it did not. */
  private String endedEarly;

  private volatile boolean drained;

  /** Whether it was quiet when it was last asked. By the thread that polls. */
  private boolean wasQuiet;

  /**
   * @param handlers makes what takes its messages
   */
  RdmaConnection(RdmaPort port, VerbsQueue queue, Function<RdmaConnection, RdmaHandler> handlers) {
    this.port = requireNonNull(port, "port is null");
    this.queue = requireNonNull(queue, "queue is null");
    int slots = port.slots().count();
    this.share = Math.max(1, Math.min(RdmaSettings.SENDS_OF_CONNECTION, slots) / 2);
    this.handler = requireNonNull(handlers.apply(this), "handler is null");
  }

  VerbsQueue queue() {
    return queue;
  }

  RdmaHandler handler() {
    return handler;
  }

  /** It is there, unless it has ended: the handler never hears of a beginning after the end. */
  void established(byte[] data) {
    synchronized (this) {
      if (closed) {
        return;
      }
      establishing = true;
    }
    try {
      handler.established(data);
    } finally {
      String reason;
      synchronized (this) {
        establishing = false;
        reason = endedEarly;
      }
      if (reason != null) {
        ended(reason);
      }
    }
  }

  /** Every receive of its queue pair has its completion. */
  void setDrained() {
    drained = true;
  }

  /**
   * Takes a buffer to send from.
   *
   * @param taker gets it, now or by another thread when one comes free; null where the connection
   *     has ended
   */
  public void takeBuffer(Consumer<RdmaBuffer> taker) {
    synchronized (this) {
      if (!closed && (held >= share || !takers.isEmpty())) {
        takers.add(taker);
        return;
      }
      if (!closed) {
        held++;
      }
    }
    if (isClosed()) {
      // Perhaps since just now, and then what was counted belongs to nothing any more.
      taker.accept(null);
    } else {
      port.slots().take(slot -> hand(slot, taker));
    }
  }

  private void hand(int slot, Consumer<RdmaBuffer> taker) {
    if (slot == SendSlots.NONE) {
      taker.accept(null);
    } else if (isClosed()) {
      port.slots().give(slot);
      taker.accept(null);
    } else {
      taker.accept(new RdmaBuffer(this, slot, port.slots().memory(slot)));
    }
  }

  /** Whether it has ended. */
  public synchronized boolean isClosed() {
    return closed;
  }

  void giveBack(RdmaBuffer buffer) {
    port.slots().give(buffer.slot());
    Consumer<RdmaBuffer> next;
    synchronized (this) {
      next = closed ? null : takers.poll();
      if (next == null) {
        held--;
      }
    }
    if (next != null) {
      port.slots().take(slot -> hand(slot, next));
    }
  }

  /** Sends what was written into a buffer, which goes back by itself, as one message. */
  public void send(RdmaBuffer buffer) {
    synchronized (this) {
      underWay++;
    }
    try {
      port.post(this, buffer);
    } catch (FabricException e) {
      ended(buffer);
      close(String.valueOf(e.getMessage()));
    }
  }

  private void ended(RdmaBuffer buffer) {
    synchronized (this) {
      underWay--;
    }
    giveBack(buffer);
  }

  /** A send has ended. */
  void sent(RdmaBuffer buffer, Completion completion) {
    ended(buffer);
    if (!completion.isDone()) {
      close("a message could not be sent: " + completion.problem());
    }
  }

  /** Ends it; the handler gets the reason, where it has not ended before. */
  public void close(String reason) {
    Queue<Consumer<RdmaBuffer>> left;
    boolean isEarly;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      isEarly = establishing;
      endedEarly = isEarly ? reason : null;
      closedNanos = System.nanoTime();
      left = new ArrayDeque<>(takers);
      takers.clear();
    }
    queue.fail();
    port.closing(this);
    left.forEach(taker -> taker.accept(null));
    if (!isEarly) {
      ended(reason);
    }
  }

  private void ended(String reason) {
    try {
      handler.closed(reason);
    } catch (RuntimeException e) {
      log.error("the end of an RDMA connection was not taken: internal error (bug)", e);
    }
  }

  private synchronized boolean isQuiet(long now, long graceNanos) {
    return underWay == 0 && (drained || now - closedNanos > graceNanos);
  }

  /**
   * Whether nothing is under way on it, and was not when this was asked before. By the thread that
   * polls, each time after a poll that has found nothing: so no completion of a receive is left
   * that came between such a poll and the word that it has all of them.
   *
   * @param graceNanos after which receives are taken to have ended, where the device does not say
   *     so
   */
  boolean isQuietStill(long now, long graceNanos) {
    boolean was = wasQuiet;
    wasQuiet = isQuiet(now, graceNanos);
    return was && wasQuiet;
  }

  /** Whether it was closed so long ago. */
  synchronized boolean isClosedFor(long now, long nanos) {
    return closed && now - closedNanos > nanos;
  }
}
