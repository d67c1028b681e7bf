// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.railfs.fabric.ConnectionLimiter;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.worker.access.Access;
import java.net.InetAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/** What the connections of both services share. Thread-safe. */
public final class ServiceState {
  private static final int MAX_REJECTIONS = 64;

  private final ServiceLimits limits;
  private final Access access;
  private final ConnectionCloseStats closeStats = new ConnectionCloseStats();
  private final ConnectionLimiter connectionLimiter;
  private final Budgets budgets = Budgets.ofProcess();
  private final LongAdder acceptFailures = new LongAdder();
  private final AtomicInteger rejections = new AtomicInteger();
  private final List<RailTraffic> rails = new CopyOnWriteArrayList<>();
  private final Map<ErrorCode, LongAdder> errors = new EnumMap<>(ErrorCode.class);
  private final Function<InetAddress, Optional<HelloReply>> hello;
  private final Function<RailPath, String> ufsProblem;

  /**
   * @param access who is let in
   * @param hello the reply to the HELLO of a client at this address; empty while the worker starts
   * @param ufsProblem of the UFS that a path leads to, a sentence; empty where it is well
   */
  public ServiceState(
      ServiceLimits limits,
      Access access,
      Function<InetAddress, Optional<HelloReply>> hello,
      Function<RailPath, String> ufsProblem) {
    this.limits = requireNonNull(limits, "limits is null");
    this.access = requireNonNull(access, "access is null");
    this.hello = requireNonNull(hello, "hello is null");
    this.ufsProblem = requireNonNull(ufsProblem, "ufsProblem is null");
    this.connectionLimiter =
        new ConnectionLimiter(
            limits.connections(), limits.connectionsPerAddress(), false, this::evict);
    for (ErrorCode code : ErrorCode.values()) {
      errors.put(code, new LongAdder());
    }
  }

  private void evict(Channel channel) {
    closeStats.add(CloseReason.EVICTED, channel.remoteAddress(), "");
    ChannelFuture unused = channel.close();
  }

  /** The reply to the HELLO of a client at this address; empty while the worker starts. */
  Optional<HelloReply> hello(InetAddress client) {
    return hello.apply(client);
  }

  /** Why what the path leads to cannot be had from its UFS now; empty where it can. */
  String ufsProblem(RailPath path) {
    return ufsProblem.apply(path);
  }

  Access access() {
    return access;
  }

  ServiceLimits limits() {
    return limits;
  }

  ConnectionLimiter connectionLimiter() {
    return connectionLimiter;
  }

  ConnectionCloseStats closeStats() {
    return closeStats;
  }

  Budgets budgets() {
    return budgets;
  }

  /**
   * Whether a connection that may not stay gets the reason, for which its socket stays for a
   * moment; {@link #rejectionSent} follows. Only a few at a time do.
   */
  boolean tryReject() {
    if (rejections.incrementAndGet() <= MAX_REJECTIONS) {
      return true;
    }
    rejections.decrementAndGet();
    return false;
  }

  void rejectionSent() {
    rejections.decrementAndGet();
  }

  /** A service could not take a connection. */
  void acceptFailed() {
    acceptFailures.increment();
  }

  public long acceptFailures() {
    return acceptFailures.sum();
  }

  /** What counts for a service on one of its devices, the same for each call. */
  RailTraffic rail(String service, String device) {
    synchronized (rails) {
      for (RailTraffic known : rails) {
        if (known.service().equals(service) && known.device().equals(device)) {
          return known;
        }
      }
      RailTraffic rail = new RailTraffic(service, device);
      rails.add(rail);
      return rail;
    }
  }

  /** What the services moved, device by device. */
  public List<RailTraffic> rails() {
    return List.copyOf(rails);
  }

  /** A request was answered with an error. */
  void failed(ErrorCode code) {
    errors.get(code).increment();
  }

  /** How many requests were answered with each error. */
  public Map<ErrorCode, Long> errors() {
    Map<ErrorCode, Long> counts = new EnumMap<>(ErrorCode.class);
    errors.forEach((code, count) -> counts.put(code, count.sum()));
    return counts;
  }

  public int connections() {
    return connectionLimiter.connections();
  }

  /** Connections that the worker closed since the start, by reason. */
  public Map<CloseReason, Long> closeReasons() {
    return closeStats.counts();
  }

  /** Payload bytes of content since the start. */
  public long sentBytes() {
    return rails.stream().filter(RailTraffic::isData).mapToLong(RailTraffic::sentBytes).sum();
  }
}
