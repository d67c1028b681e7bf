// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import static io.railfs.fabric.verbs.FakeNetwork.LOCK;
import static java.util.Objects.requireNonNull;

import io.railfs.fabric.FabricException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** One end of a connection between two {@link FakePort}. */
final class FakeQueue implements VerbsQueue {
  /**
   * How long a message is sent again before its sender gives up; longer than a busy machine keeps a
   * receiver from posting.
   */
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(3);

  private static final byte[] NOTHING = {};

  private final FakePort port;
  private final Deque<Sent> sends = new ArrayDeque<>();
  private FakeQueue peer;
  private int number;
  private boolean ready;
  private boolean failed;
  private boolean destroyed;

  /** Whether the peer was informed, as far as it could be. */
  private boolean disconnected;

  private long stuckSince;

  /** A message that is on its way. */
  private record Sent(long id, MemoryRegion region, int offset, int length) {}

  FakeQueue(FakePort port) {
    this.port = requireNonNull(port, "port is null");
  }

  FakeQueue peer() {
    return peer;
  }

  void join(FakeQueue other) {
    peer = other;
    other.peer = this;
  }

  void makePair() {
    number = FakeNetwork.nextNumber();
  }

  @Override
  public int number() {
    synchronized (LOCK) {
      return number;
    }
  }

  @Override
  public void prepare() {
    synchronized (LOCK) {
      makePair();
    }
  }

  @Override
  public void accept(byte[] data) throws FabricException {
    synchronized (LOCK) {
      if (failed || peer == null || peer.failed) {
        throw new FabricException("rdma_accept failed: Invalid argument");
      }
      if (port.device().takeLostAccept()) {
        return;
      }
      ready = true;
      peer.ready = true;
      if (!port.device().isLateToEstablish()) {
        port.give(new PortEvent(PortEvent.Kind.ESTABLISHED, this, NOTHING, ""));
      }
      byte[] whole = Arrays.copyOf(data, VerbsPort.MAX_ACCEPT_DATA);
      peer.port.give(new PortEvent(PortEvent.Kind.ESTABLISHED, peer, whole, ""));
    }
  }

  @Override
  public void reject() {
    synchronized (LOCK) {
      if (peer != null && !peer.failed) {
        peer.port.give(PortEvent.of(PortEvent.Kind.REFUSED, peer, "rdma_cm reports REJECTED"));
      }
      failed = true;
      destroy();
    }
  }

  @Override
  public void send(long id, MemoryRegion region, int offset, int length) throws FabricException {
    synchronized (LOCK) {
      if (failed || !ready || port.device().isRemoved()) {
        throw new FabricException("the connection has ended");
      }
      port.requireRegistered(region, offset, length);
      if (sends.size() >= port.needs().sends()) {
        FakeNetwork.breach("more sends than the queue takes");
        throw new FabricException("ibv_post_send failed: Cannot allocate memory");
      }
      sends.add(new Sent(id, region, offset, length));
      move();
    }
  }

  /** Delivers what can be delivered, in order. */
  void move() {
    while (!failed && !sends.isEmpty()) {
      boolean reached =
          peer != null
              && !peer.failed
              && port.device().carries(sends.element().length())
              && peer.port.device().carries();
      if (reached && peer.port.hasReceive()) {
        stuckSince = 0;
        deliver(sends.remove());
      } else {
        giveUpAfterAWhile(reached);
        return;
      }
    }
  }

  private void giveUpAfterAWhile(boolean reached) {
    long now = System.nanoTime();
    boolean frozen = port.device().isFrozen() || (peer != null && peer.port.device().isFrozen());
    if (stuckSince == 0 || frozen) {
      stuckSince = now;
    } else if (now - stuckSince > RETRY_NANOS) {
      int status = reached ? Completion.NOT_RECEIVED : Completion.RETRIES_EXCEEDED;
      port.complete(new Completion(sends.remove().id(), status, 0, number));
      flush();
    }
  }

  private void deliver(Sent sent) {
    FakePort.Posted posted = peer.port.takeReceive();
    if (posted.length() < sent.length()) {
      peer.port.complete(new Completion(posted.id(), Completion.TOO_LONG, 0, peer.number));
      port.complete(new Completion(sent.id(), 9, 0, number));
      peer.flush();
      flush();
      return;
    }
    ByteBuffer from = sent.region().memory().duplicate();
    byte[] bytes = new byte[sent.length()];
    from.get(sent.offset(), bytes);
    if (port.device().takeCorruption()) {
      bytes[bytes.length - 1] = (byte) (bytes[bytes.length - 1] ^ 1);
    }
    posted.region().memory().put(posted.offset(), bytes);
    peer.port.complete(new Completion(posted.id(), 0, sent.length(), peer.number));
    port.complete(new Completion(sent.id(), 0, 0, number));
  }

  /** To the error state: what is under way is completed as flushed. */
  void flush() {
    if (failed) {
      return;
    }
    failed = true;
    for (Sent sent : sends) {
      port.complete(new Completion(sent.id(), Completion.FLUSHED, 0, number));
    }
    sends.clear();
    if (port.hasReceive() && port.device().takeBegun()) {
      port.flushLate(this);
    } else {
      port.give(PortEvent.of(PortEvent.Kind.DRAINED, this, ""));
    }
  }

  @Override
  public void fail() {
    synchronized (LOCK) {
      flush();
      boolean was = disconnected;
      disconnected = true;
      if (!was && peer != null && !peer.destroyed && port.device().carries()) {
        peer.port.give(PortEvent.of(PortEvent.Kind.ENDED, peer, "rdma_cm reports DISCONNECTED"));
      }
    }
  }

  @Override
  public void destroy() {
    synchronized (LOCK) {
      if (destroyed) {
        return;
      }
      if (!failed) {
        FakeNetwork.breach("a queue pair was destroyed that had not failed");
      }
      destroyed = true;
      failed = true;
      port.forget(this, number);
    }
  }
}
