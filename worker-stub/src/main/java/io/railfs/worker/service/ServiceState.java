package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.messages.HelloReply;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What the connections of both services share. Thread-safe. */
public final class ServiceState {
  private final ServiceLimits limits;
  private final AtomicInteger connections = new AtomicInteger();
  private final LongAdder sentBytes = new LongAdder();
  private volatile HelloReply hello;

  public ServiceState(ServiceLimits limits) {
    this.limits = requireNonNull(limits, "limits is null");
  }

  /** Sets the answer to HELLO, known once the data service has its port. */
  public void setHello(HelloReply reply) {
    hello = requireNonNull(reply, "reply is null");
  }

  /** Null while the worker starts. */
  HelloReply hello() {
    return hello;
  }

  ServiceLimits limits() {
    return limits;
  }

  /** Counts a connection in; {@link #leave} follows in any case. False where it is one too many. */
  boolean enter() {
    return connections.incrementAndGet() <= limits.connections();
  }

  void leave() {
    connections.decrementAndGet();
  }

  void sent(int payloadBytes) {
    sentBytes.add(payloadBytes);
  }

  public int connections() {
    return connections.get();
  }

  /** Payload bytes since the start. */
  public long sentBytes() {
    return sentBytes.sum();
  }
}
