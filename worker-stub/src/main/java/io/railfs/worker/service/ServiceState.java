package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.worker.access.Access;
import java.net.InetAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/** What the connections of both services share. Thread-safe. */
public final class ServiceState {
  private static final int MOST_FAREWELLS = 64;

  private final ServiceLimits limits;
  private final Access access;
  private final Dismissals dismissals = new Dismissals();
  private final Admission admission;
  private final Budgets budgets = Budgets.ofProcess();
  private final LongAdder acceptFailures = new LongAdder();
  private final AtomicInteger farewells = new AtomicInteger();
  private final List<RailTraffic> rails = new CopyOnWriteArrayList<>();
  private final Map<ErrorCode, LongAdder> errors = new EnumMap<>(ErrorCode.class);
  private volatile Function<InetAddress, HelloReply> hello;
  private volatile Function<RailPath, String> ufsProblem = path -> "";

  /**
   * @param access who is let in
   */
  public ServiceState(ServiceLimits limits, Access access) {
    this.limits = requireNonNull(limits, "limits is null");
    this.access = requireNonNull(access, "access is null");
    this.admission = new Admission(limits, dismissals);
    for (ErrorCode code : ErrorCode.values()) {
      errors.put(code, new LongAdder());
    }
  }

  /**
   * Sets what makes the answer to HELLO, known once the services have their ports.
   *
   * @param greeting the answer to a client at this address
   */
  public void setHello(Function<InetAddress, HelloReply> greeting) {
    hello = requireNonNull(greeting, "greeting is null");
  }

  /** The answer to a client at this address; null while the worker starts. */
  HelloReply hello(InetAddress client) {
    Function<InetAddress, HelloReply> greeting = hello;
    return greeting == null ? null : greeting.apply(client);
  }

  /**
   * Sets what knows whether a UFS is down.
   *
   * @param problem of the UFS that a path leads to, a sentence; empty where it is well
   */
  public void setUfsProblem(Function<RailPath, String> problem) {
    ufsProblem = requireNonNull(problem, "problem is null");
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

  Admission admission() {
    return admission;
  }

  Dismissals dismissals() {
    return dismissals;
  }

  Budgets budgets() {
    return budgets;
  }

  /**
   * Whether one that may not stay is told why, for which its socket stays for a moment; {@link
   * #farewellEnded} follows. Only a few at a time are.
   */
  boolean tryFarewell() {
    if (farewells.incrementAndGet() <= MOST_FAREWELLS) {
      return true;
    }
    farewells.decrementAndGet();
    return false;
  }

  void farewellEnded() {
    farewells.decrementAndGet();
  }

  /** A service could not take a connection. */
  void acceptFailed() {
    acceptFailures.increment();
  }

  public long acceptFailures() {
    return acceptFailures.sum();
  }

  /** What counts for a service on one of its devices; each call makes a new one. */
  RailTraffic rail(String service, String device) {
    RailTraffic rail = new RailTraffic(service, device);
    rails.add(rail);
    return rail;
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
    return admission.connections();
  }

  /** Connections that the worker closed since the start, by reason. */
  public Map<Dismissal, Long> dismissed() {
    return dismissals.counts();
  }

  /** Payload bytes of content since the start. */
  public long sentBytes() {
    return rails.stream().filter(RailTraffic::isData).mapToLong(RailTraffic::sentBytes).sum();
  }
}
