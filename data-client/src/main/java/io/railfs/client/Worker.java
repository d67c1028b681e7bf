package io.railfs.client;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.Chunks;
import io.railfs.protocol.messages.DataEndpoint;
import io.railfs.protocol.messages.HelloReply;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * One worker as the settings name it: its identity, its rpc link, and the data links that its
 * greeting leads to. Thread-safe.
 */
final class Worker implements Link.Listener {
  /** Shortest time between two questions for the worker's addresses. */
  private static final long ASK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Pairing pairing = new Pairing();
  private final List<String> rpcDevices;
  private final Wiring wiring;
  private final Endpoint endpoint;
  private final Membership membership;
  private final Link rpc;
  private final WorkerCounters counters = new WorkerCounters();
  private final RailCounters rpcCounters = new RailCounters();
  private final Rails rails;
  private final CompletableFuture<Void> usable = new CompletableFuture<>();

  private volatile String id = "";

  /** When the worker was last asked for its addresses again. */
  private final AtomicLong askedNanos = new AtomicLong(System.nanoTime() - ASK_NANOS);

  /** Guarded by this. */
  private AttemptException closed;

  Worker(Wiring wiring, Endpoint endpoint, Membership membership) {
    this.wiring = requireNonNull(wiring, "wiring is null");
    this.endpoint = requireNonNull(endpoint, "endpoint is null");
    this.membership = requireNonNull(membership, "membership is null");
    rpcDevices = wiring.settings().rpcDevices();
    rpc = new Link(wiring, pairing.alternatives(rpcDevices, endpoint), 0, this);
    rails = new Rails(wiring, this);
  }

  void open() {
    rpc.open();
  }

  /**
   * Completes when the first data connection is ready; fails when the worker turns out not to be
   * there at first, though it is tried further.
   */
  CompletableFuture<Void> usable() {
    return usable;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** What placement hashes; empty before the first greeting. */
  String id() {
    return id;
  }

  WorkerCounters counters() {
    return counters;
  }

  /** The rpc connection, or null. */
  Connection rpc() {
    return rpc.ready();
  }

  /**
   * The data connection with the fewest bytes in flight over all rails, or null.
   *
   * @param avoid is only chosen where there is no other, and its rail where there is no other rail;
   *     may be null
   */
  Connection data(Connection avoid) {
    return rails.best(avoid);
  }

  /** A sentence part: why the worker cannot be used now, empty where it can. */
  String problem() {
    if (rpc.ready() == null) {
      return rpc.problem();
    }
    if (data(null) != null) {
      return "";
    }
    String railsProblem = rails.problem();
    return railsProblem.isEmpty() ? rpc.problem() : railsProblem;
  }

  WorkerStats stats() {
    return counters.snapshot(endpoint, id, problem(), rails.stats());
  }

  /** Connections that are bound to no device though the settings name some. */
  int fallenBack() {
    return rails.fallenBack() + (rpc.hasFallenBack() ? 1 : 0);
  }

  /** A device was looked at. */
  void follow(DeviceState state) {
    rpc.follow(state);
    rails.links().forEach(link -> link.follow(state));
  }

  void close(AttemptException cause) {
    synchronized (this) {
      closed = cause;
    }
    rpc.close(cause);
    rails.close(cause);
  }

  @Override
  public String greeted(Link link, Connection connection, HelloReply hello) {
    if (link != rpc) {
      return hello.getWorkerId().equals(id)
          ? null
          : "belongs to worker '" + hello.getWorkerId() + "' and not to '" + id + "'";
    }
    if (hello.getWorkerId().isEmpty()) {
      return "did not tell its identity";
    }
    if (!Chunks.isBlockSize(hello.getBlockSize())) {
      return "has blocks of " + hello.getBlockSize() + " bytes, which this release cannot use";
    }
    for (DataEndpoint told : hello.getDataEndpointsList()) {
      if (told.getPort() < 1 || told.getPort() > 65535) {
        return "named data port " + told.getPort();
      }
    }
    if (hello.getDataEndpointsCount() == 0) {
      return "named no data service";
    }
    return adopt(connection, hello);
  }

  private synchronized String adopt(Connection connection, HelloReply hello) {
    if (closed != null) {
      return "is not needed any more";
    }
    String before = id;
    id = hello.getWorkerId();
    String refusal = membership.join(this, hello.getBlockSize());
    if (refusal != null) {
      id = before;
      return refusal;
    }
    InetSocketAddress remote = (InetSocketAddress) connection.channel().remoteAddress();
    List<Route> endpoints = routes(hello.getDataEndpointsList(), remote);
    rails.adopt(pairing.routes(wiring.settings().dataDevices(), endpoints), hello.getBlockSize());
    Set<Route> ways = new LinkedHashSet<>(pairing.alternatives(rpcDevices, endpoint));
    if (hello.getRpcEndpointsCount() > 0) {
      ways.addAll(pairing.routes(rpcDevices, routes(hello.getRpcEndpointsList(), remote)));
    }
    rpc.setRoutes(List.copyOf(ways));
    return null;
  }

  private static List<Route> routes(List<DataEndpoint> told, InetSocketAddress remote) {
    List<Route> routes = new ArrayList<>();
    for (DataEndpoint one : told) {
      String host = one.getAddress().isBlank() ? hostOf(remote) : one.getAddress();
      routes.add(new Route(new Endpoint(host, one.getPort()), "", one.getDevice()));
    }
    return routes;
  }

  /** Without the scope, which the way's own device gives. */
  private static String hostOf(InetSocketAddress remote) {
    String host = remote.getAddress().getHostAddress();
    int scope = host.indexOf('%');
    return scope < 0 ? host : host.substring(0, scope);
  }

  @Override
  public void ready(Link link) {
    // Either may come last: a data link can be ready while the greeting is still being taken in.
    if (rpc.ready() != null && data(null) != null) {
      usable.complete(null);
    }
  }

  @Override
  public void failed(Link link, AttemptException cause) {
    if (cause.kind() == AttemptException.Kind.TIMED_OUT) {
      suspectOthers(link, cause);
    }
    if (link != rpc) {
      askAgain();
    }
    boolean hopeless = link == rpc || rails.links().noneMatch(Worker::mayStillConnect);
    // With fallback the attempt that follows may be without the device.
    if (hopeless && !wiring.settings().fabric().fallback()) {
      usable.completeExceptionally(cause);
    }
  }

  /** Its addresses may have changed. */
  private void askAgain() {
    long now = System.nanoTime();
    long last = askedNanos.get();
    if (now - last >= ASK_NANOS && askedNanos.compareAndSet(last, now)) {
      rpc.greetAgain();
    }
  }

  /**
   * A worker that hangs on one connection hangs on all of them: let no read find out again. What
   * uses another rail is asked first, for it may be the rail that hangs.
   */
  private void suspectOthers(Link link, AttemptException cause) {
    Stream.concat(Stream.of(rpc), rails.links())
        .filter(other -> other != link)
        .forEach(
            other -> {
              Connection connection = other.ready();
              if (connection == null) {
                return;
              }
              if (other.route().device().equals(link.route().device())) {
                connection.closeIfSilent(cause);
              } else {
                connection.proveIfSilent(cause);
              }
            });
  }

  private static boolean mayStillConnect(Link link) {
    return link.ready() != null || !link.hasFailed();
  }

  @Override
  public RailCounters counters(Link link, Route route) {
    return link == rpc ? rpcCounters : rails.counters(route);
  }

  @Override
  public boolean mayFallBack(Link link) {
    return wiring.settings().fabric().fallback()
        && (link == rpc || rails.links().allMatch(one -> !one.isOnRail() && one.hasFailed()));
  }

  @Override
  public void fellBack(Link link) {
    if (link != rpc) {
      counters.fellBack();
    }
  }
}
