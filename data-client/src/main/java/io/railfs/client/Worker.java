package io.railfs.client;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.Chunks;
import io.railfs.protocol.messages.DataEndpoint;
import io.railfs.protocol.messages.HelloReply;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * One worker as the settings name it: its identity, its rpc link, and the data links that its
 * greeting leads to. Thread-safe.
 */
final class Worker implements Link.Listener {
  private final Wiring wiring;
  private final Endpoint endpoint;
  private final Membership membership;
  private final Link rpc;
  private final WorkerCounters counters = new WorkerCounters();
  private final CompletableFuture<Void> usable = new CompletableFuture<>();

  private volatile String id = "";
  private volatile Link[] data = {};

  /** Guarded by this. */
  private List<Endpoint> dataEndpoints = List.of();

  /** Guarded by this. */
  private AttemptException closed;

  Worker(Wiring wiring, Endpoint endpoint, Membership membership) {
    this.wiring = requireNonNull(wiring, "wiring is null");
    this.endpoint = requireNonNull(endpoint, "endpoint is null");
    this.membership = requireNonNull(membership, "membership is null");
    rpc = new Link(wiring, endpoint, wiring.settings().rpcDevice(), 0, this);
  }

  void open() {
    rpc.open();
  }

  /**
   * Completes when the rpc and the first data connection are ready; fails when the worker turns out
   * not to be there at first, though it is tried further.
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
   * The data connection with the fewest bytes in flight, or null.
   *
   * @param avoid is only chosen where there is no other; may be null
   */
  Connection data(Connection avoid) {
    Connection best = null;
    long least = Long.MAX_VALUE;
    for (Link link : data) {
      Connection connection = link.ready();
      if (connection != null) {
        long load = connection == avoid ? Long.MAX_VALUE - 1 : connection.bytesInFlight();
        if (load < least) {
          least = load;
          best = connection;
        }
      }
    }
    return best;
  }

  /** A sentence part: why the worker cannot be used now, empty where it can. */
  String problem() {
    if (rpc.ready() == null) {
      return rpc.problem();
    }
    if (data(null) != null) {
      return "";
    }
    Link[] links = data;
    return links.length == 0
        ? rpc.problem()
        : "data service " + links[0].endpoint() + ": " + links[0].problem();
  }

  WorkerStats stats() {
    long inFlight = 0;
    for (Link link : data) {
      Connection connection = link.ready();
      inFlight += connection == null ? 0 : connection.bytesInFlight();
    }
    String problem = problem();
    return counters.snapshot(endpoint, id, problem.isEmpty(), problem, inFlight);
  }

  void close(AttemptException cause) {
    Link[] links;
    synchronized (this) {
      closed = cause;
      links = data;
    }
    rpc.close(cause);
    Arrays.stream(links).forEach(link -> link.close(cause));
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
    InetSocketAddress remote = (InetSocketAddress) connection.channel().remoteAddress();
    List<Endpoint> endpoints = new ArrayList<>();
    for (DataEndpoint data : hello.getDataEndpointsList()) {
      if (data.getPort() < 1 || data.getPort() > 65535) {
        return "named data port " + data.getPort();
      }
      String host = data.getAddress();
      endpoints.add(
          new Endpoint(
              host.isBlank() ? remote.getAddress().getHostAddress() : host, data.getPort()));
    }
    if (endpoints.isEmpty()) {
      return "named no data service";
    }
    return adopt(hello, endpoints);
  }

  private synchronized String adopt(HelloReply hello, List<Endpoint> endpoints) {
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
    if (!endpoints.equals(dataEndpoints)) {
      AttemptException moved =
          new AttemptException(
              AttemptException.Kind.CONNECTION_LOST,
              "worker " + endpoint + " moved its data service");
      Arrays.stream(data).forEach(link -> link.close(moved));
      dataEndpoints = List.copyOf(endpoints);
      data = dataLinks(endpoints, hello.getBlockSize());
      Arrays.stream(data).forEach(Link::open);
    }
    return null;
  }

  private Link[] dataLinks(List<Endpoint> endpoints, int blockSize) {
    int count = Math.max(wiring.settings().dataConnections(), endpoints.size());
    String device = wiring.settings().dataDevice();
    return Stream.iterate(0, i -> i < count, i -> i + 1)
        .map(i -> endpoints.get(i % endpoints.size()))
        .map(to -> new Link(wiring, to, device, blockSize, this))
        .toArray(Link[]::new);
  }

  @Override
  public void ready(Link link) {
    // The data link may be ready before the rpc link, whose greeting led to it, knows that it is.
    if (rpc.ready() != null && data(null) != null) {
      usable.complete(null);
    }
  }

  @Override
  public void failed(Link link, AttemptException cause) {
    if (cause.kind() == AttemptException.Kind.TIMED_OUT) {
      suspectOthers(link, cause);
    }
    if (link == rpc || Arrays.stream(data).noneMatch(Worker::mayStillConnect)) {
      usable.completeExceptionally(cause);
    }
  }

  /** A worker that hangs on one connection hangs on all of them: let no read find out again. */
  private void suspectOthers(Link link, AttemptException cause) {
    Stream.concat(Stream.of(rpc), Arrays.stream(data))
        .filter(other -> other != link)
        .map(Link::ready)
        .filter(connection -> connection != null)
        .forEach(connection -> connection.closeIfSilent(cause));
  }

  private static boolean mayStillConnect(Link link) {
    return link.ready() != null || !link.hasFailed();
  }
}
