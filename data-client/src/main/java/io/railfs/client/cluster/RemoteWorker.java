// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.cluster;

import static java.util.Objects.requireNonNull;

import io.railfs.client.Endpoint;
import io.railfs.client.RailStats;
import io.railfs.client.WorkerFacts;
import io.railfs.client.WorkerStats;
import io.railfs.client.net.AttemptException;
import io.railfs.client.net.Connection;
import io.railfs.client.net.ConnectionContext;
import io.railfs.client.net.DeviceState;
import io.railfs.client.net.Link;
import io.railfs.client.net.Rails;
import io.railfs.client.net.ReplyValidator;
import io.railfs.client.net.RouteResolver;
import io.railfs.client.net.WorkerRoute;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.WorkerState;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One worker as the settings or etcd name it: its identity, its rpc link, the data links that its
 * HELLO reply leads to, and how it is. What is public here is what requests need; the rest is for
 * the room that keeps the worker. Thread-safe.
 *
 * <p>The links report what happens to them to {@link RpcEvents} and {@link DataEvents}; they know
 * nothing of workers.
 */
public final class RemoteWorker {
  /** Above what {@link #rank} gives. */
  static final int WORST_RANK = 8;

  /** Shortest time between two requests for the worker's addresses. */
  private static final long ASK_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Shortest time that a worker has to prove itself. */
  private static final long MIN_PROOF_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final Logger log = LoggerFactory.getLogger(RemoteWorker.class);

  /** Takes in workers whose identity is known. */
  interface Registry {
    /**
     * Takes a worker in, or takes note of its new identity or capacity.
     *
     * @return why not, as the end of a sentence about the worker, or null
     */
    String join(RemoteWorker worker, int blockSize);
  }

  private final ConnectionContext context;
  private final Endpoint endpoint;
  private final Registry registry;
  private final RouteResolver routes = new RouteResolver();
  private final Link rpc;
  private final Counters counters = new Counters();
  private final Rails rails;
  private final ConnectionWaiters waiters;
  private final CompletableFuture<Void> answered = new CompletableFuture<>();
  private final CompletableFuture<Void> proven = new CompletableFuture<>();

  private final Health health = new Health();
  private final Latency latency = new Latency();

  /** Threads that want {@link #settle} done. */
  private final AtomicInteger settling = new AtomicInteger();

  private volatile String id = "";
  private volatile WorkerState state = WorkerState.SERVING;
  private volatile long capacity;

  /** What it last said of itself; null before. */
  private volatile HelloReply lastHello;

  /** When the worker was last asked for its addresses again. */
  private final AtomicLong askedNanos = new AtomicLong(System.nanoTime() - ASK_NANOS);

  /** Written under the lock of this: who holds it while there is none joins before the end. */
  private volatile AttemptException closed;

  /** A worker at an rpc endpoint. */
  RemoteWorker(ConnectionContext context, Endpoint endpoint, Registry registry) {
    this(context, List.of(new WorkerRoute(endpoint, "", "")), registry);
  }

  /**
   * A worker whose rpc service has one endpoint or several.
   *
   * @param endpoints one for each of its rails, without a device of this machine
   */
  RemoteWorker(ConnectionContext context, List<WorkerRoute> endpoints, Registry registry) {
    this.endpoint = endpoints.get(0).endpoint();
    this.context = context.to(endpoint);
    this.registry = requireNonNull(registry, "registry is null");
    List<WorkerRoute> further = endpoints.size() > 1 ? endpoints : List.of();
    List<WorkerRoute> toRpc =
        routes.alternatives(context.settings().rpcDevices(), endpoint, further);
    rpc = new Link(this.context, toRpc, 0, Link.ALWAYS, new RpcEvents());
    rails = new Rails(this.context, new DataEvents());
    waiters =
        new ConnectionWaiters(context.transport().group(), endpoint.toString(), this::hesitates);
  }

  void open() {
    rpc.open();
  }

  /** Takes note of what etcd has of it, which comes sooner than its own word. */
  void registered(WorkerState now, long bytes) {
    boolean moved = capacity != bytes;
    capacity = bytes;
    enter(now);
    if (moved && !id.isEmpty() && lastHello != null) {
      registry.join(this, lastHello.getBlockSize());
    }
  }

  private void enter(WorkerState now) {
    WorkerState before = state;
    state = now == WorkerState.WORKER_STATE_UNSPECIFIED ? WorkerState.SERVING : now;
    if (before != state) {
      log.info("worker {} is {} now", endpoint, state.name().toLowerCase(Locale.ROOT));
    }
  }

  /**
   * Completes when the worker has answered HELLO; fails when it turns out not to be there at first,
   * though it is tried further.
   */
  public CompletableFuture<Void> answered() {
    return answered;
  }

  /**
   * Has a data connection opened. Completes when there is one; fails when none can be had at first.
   */
  public CompletableFuture<Void> prove() {
    rails.open();
    return proven;
  }

  public Endpoint endpoint() {
    return endpoint;
  }

  /** What placement hashes; empty before the first HELLO reply. */
  String id() {
    return id;
  }

  public Counters counters() {
    return counters;
  }

  public WorkerState state() {
    return state;
  }

  /** Bytes of its store, 0 where it does not report them. */
  public long capacity() {
    return capacity;
  }

  public Latency latency() {
    return latency;
  }

  /** Whether there is a data connection. */
  public boolean hasData() {
    return rails.isUp();
  }

  /** Whether there is a data connection, or, as far as is known, may be when one is wanted. */
  public boolean mayServe() {
    return hasData() || (rpc.mayServe() && rails.mayServe());
  }

  /** Whether it answers in any way. */
  boolean isThere() {
    return rpc.ready() != null || hasData();
  }

  /** Whether it may be asked for chunks as the placement says. */
  boolean isOpenToFetches() {
    return state == WorkerState.SERVING && health.admits() && mayServe();
  }

  /** Has a data connection opened and notifies the entry when there is one, or will not be. */
  public void whenOpen(ConnectionWaiters.Entry entry) {
    waiters.enter(entry, proofNanos());
    settle();
  }

  /** A quarter of the time that a fetch has, but not too little. */
  private long proofNanos() {
    return Math.max(context.settings().attemptTimeout().toNanos() / 4, MIN_PROOF_NANOS);
  }

  /**
   * To be called after every change that may end the wait of an entry, or leave it to new links.
   * One thread at a time does it; others leave their turn to it.
   */
  private void settle() {
    if (settling.getAndIncrement() != 0) {
      return;
    }
    int turns = 1;
    try {
      do {
        settleOnce();
        turns = settling.addAndGet(-turns);
      } while (turns != 0);
    } catch (RuntimeException | Error e) {
      // Else nobody would do it any more.
      settling.set(0);
      throw e;
    }
  }

  private void settleOnce() {
    if (waiters.isEmpty()) {
      return;
    }
    AttemptException end = closed;
    if (end != null) {
      waiters.refuse(end);
      return;
    }
    do {
      rails.open();
      // Looked at first: a connection that has come since is there.
      boolean opening = rails.isOpening();
      if (hasData()) {
        waiters.admit();
        return;
      }
      if (opening) {
        return;
      }
      // One that became idle just now may be opened again.
    } while (rails.mayServe());
    waiters.refuse(
        new AttemptException(
            AttemptException.Kind.NOT_OPENED,
            "worker " + endpoint + " has no data connection: " + problem()));
  }

  /** Somebody has waited for a data connection for as long as it may. */
  private void hesitates() {
    health.hesitates();
    if (hasData()) {
      // It came just now, before there was a doubt that it would have ended.
      probe();
    }
  }

  /** Whether it may be asked about names as the placement says. */
  boolean isOpenToRequests() {
    return state == WorkerState.SERVING && rpc.ready() != null;
  }

  /** Selection penalty of a worker that is not healthy and serving; lower is better. */
  public int rank() {
    int byHealth =
        switch (health.state()) {
          case HEALTHY -> 0;
          case PROBING -> 1;
          case SUSPECT -> 2;
          case DOWN -> 4;
        };
    // One that drains answers something, one that hangs nothing.
    return byHealth + (state == WorkerState.SERVING ? 0 : 3);
  }

  /** What a fetch would wait for there, unitless. */
  long load() {
    return (rails.bytesInFlight() + waiters.bytes() + Chunks.SIZE)
        * Long.highestOneBit(latency.averageNanos() | 1);
  }

  /** A fetch got all of its chunks. */
  public void served(int bytes, long nanos) {
    latency.add(bytes, nanos);
    health.served();
  }

  /** A fetch failed. */
  public void failed(AttemptException cause) {
    if (cause.kind() == AttemptException.Kind.TIMED_OUT && health.timedOut()) {
      probe();
    } else if (cause.code() == ErrorCode.BUSY) {
      // It may be draining.
      askAgain();
    }
  }

  private void probe() {
    Connection connection = data(null);
    if (connection != null) {
      connection.probe(System.nanoTime() + proofNanos(), failure -> health.proved(failure == null));
    }
  }

  /** Asks the worker how it is. */
  void sayHello() {
    rpc.sayHello(hello -> !hello.equals(lastHello));
  }

  /** The rpc connection, or null. */
  public Connection rpc() {
    return rpc.ready();
  }

  /** The best data connection, as {@link Rails#best}. */
  public Connection data(Connection avoid) {
    return rails.best(avoid);
  }

  /** A sentence part: why the worker cannot be used now, empty where it can. */
  public String problem() {
    if (rpc.ready() == null) {
      return rpc.problem();
    }
    if (mayServe()) {
      return "";
    }
    String railsProblem = rails.problem();
    return railsProblem.isEmpty() ? rpc.problem() : railsProblem;
  }

  /** As {@link #problem}, also where nothing is known yet because no data connection is there. */
  public String missing() {
    String problem = problem();
    return problem.isEmpty() && !hasData() ? "its data service has not answered" : problem;
  }

  public boolean isUntrusted() {
    return rpc.isUntrusted();
  }

  WorkerFacts facts() {
    return new WorkerFacts(endpoint, id, state, health.state(), capacity);
  }

  public WorkerStats stats() {
    return counters.snapshot(facts(), problem(), rails.stats());
  }

  /** Connections that are bound to no device though the settings name some. */
  int fallenBack() {
    return rails.fallenBack() + (rpc.hasFallenBack() ? 1 : 0);
  }

  /** Connections whose blocks TCP brings though the settings name another transport alone. */
  int onOtherTransport() {
    return rails.onOtherTransport();
  }

  /** A device was looked at. */
  void follow(DeviceState device) {
    rpc.follow(device);
    rails.links().forEach(link -> link.follow(device));
  }

  void close(AttemptException cause) {
    synchronized (this) {
      closed = cause;
    }
    rpc.close(cause);
    rails.close(cause);
    waiters.refuse(cause);
  }

  /** Takes over what a worker says of itself; returns why not, or null. */
  private synchronized String adopt(HelloReply hello, InetSocketAddress remote) {
    if (closed != null) {
      return "is not needed any more";
    }
    String before = id;
    id = hello.getWorkerId();
    capacity = hello.getCapacityBytes();
    String refusal = registry.join(this, hello.getBlockSize());
    if (refusal != null) {
      id = before;
      return refusal;
    }
    enter(hello.getState());
    lastHello = hello;
    List<WorkerRoute> toData = RouteResolver.endpoints(hello.getDataEndpointsList(), remote);
    rails.adopt(routes.routes(context.settings().dataDevices(), toData), hello.getBlockSize());
    if (mayServe()) {
      // Its data service may be elsewhere now.
      health.returned();
    }
    List<WorkerRoute> toRpc = RouteResolver.endpoints(hello.getRpcEndpointsList(), remote);
    rpc.setRoutes(routes.alternatives(context.settings().rpcDevices(), endpoint, toRpc));
    return null;
  }

  /** Its addresses or its state may have changed. */
  private void askAgain() {
    long now = System.nanoTime();
    long last = askedNanos.get();
    if (now - last >= ASK_NANOS && askedNanos.compareAndSet(last, now)) {
      rpc.sayHello(hello -> true);
    }
  }

  /** To be called when a link has failed, before {@link #settle}. */
  private void linkFailed(Link link, AttemptException cause) {
    if (cause.kind() == AttemptException.Kind.TIMED_OUT) {
      suspectOthers(link, cause);
    }
    if (link != rpc) {
      askAgain();
    }
    if (!mayServe()) {
      health.lost();
    }
    settle();
  }

  /**
   * A worker that hangs on one connection hangs on all of them: let no read find out again. What
   * uses another rail is asked first, as it may be the rail that hangs.
   */
  private void suspectOthers(Link link, AttemptException cause) {
    Stream.concat(Stream.of(rpc), rails.links())
        .filter(other -> other != link)
        .forEach(other -> other.suspect(link.route().device(), cause));
  }

  /** With fallback the attempt that follows a failed one may be without the device. */
  private boolean mayFallBack() {
    return context.settings().fabric().fallback();
  }

  /** What happens to the rpc link. */
  private final class RpcEvents implements Link.Listener {
    private final Rails.Counters rpcCounters = new Rails.Counters();

    @Override
    public String helloReceived(HelloReply hello, InetSocketAddress remote) {
      String problem = ReplyValidator.problem(hello);
      String refusal = problem == null ? adopt(hello, remote) : problem;
      // Its data service may have moved while somebody waited for it at its old place.
      settle();
      return refusal;
    }

    @Override
    public void ready() {
      answered.complete(null);
      if (mayServe()) {
        health.returned();
      }
    }

    @Override
    public void failed(Link link, AttemptException cause) {
      linkFailed(link, cause);
      if (!RemoteWorker.this.mayFallBack()) {
        answered.completeExceptionally(cause);
      }
    }

    @Override
    public Rails.Counters counters(WorkerRoute route) {
      return rpcCounters;
    }

    @Override
    public boolean mayFallBack() {
      return RemoteWorker.this.mayFallBack();
    }

    @Override
    public void fellBack() {}
  }

  /** What happens to the data links. */
  private final class DataEvents implements Rails.Listener {
    @Override
    public String dataHelloReceived(HelloReply hello) {
      return hello.getWorkerId().equals(id)
          ? null
          : "belongs to worker '"
              + ReplyValidator.sentence(hello.getWorkerId())
              + "' and not to '"
              + id
              + "'";
    }

    @Override
    public void dataReady() {
      proven.complete(null);
      if (health.connected()) {
        probe();
      }
      settle();
    }

    @Override
    public void dataFailed(Link link, AttemptException cause) {
      linkFailed(link, cause);
      if (!mayFallBack() && !rails.mayServe()) {
        proven.completeExceptionally(cause);
      }
    }

    @Override
    public void dataFellBack() {
      counters.fellBack();
    }

    @Override
    public void transportFellBack() {
      counters.transportFellBack();
    }
  }

  /** The counters of one worker; {@link WorkerStats} says what they mean. Thread-safe. */
  public static final class Counters {
    private final LongAdder bytesReceived = new LongAdder();
    private final LongAdder fetches = new LongAdder();
    private final LongAdder retries = new LongAdder();
    private final LongAdder checksumFailures = new LongAdder();
    private final LongAdder fallbacks = new LongAdder();
    private final LongAdder transportFallbacks = new LongAdder();

    public void attempt(boolean retry) {
      fetches.increment();
      if (retry) {
        retries.increment();
      }
    }

    public void received(int bytes) {
      bytesReceived.add(bytes);
    }

    public void checksumFailed() {
      checksumFailures.increment();
    }

    void fellBack() {
      fallbacks.increment();
    }

    void transportFellBack() {
      transportFallbacks.increment();
    }

    WorkerStats snapshot(WorkerFacts facts, String problem, List<RailStats> rails) {
      return new WorkerStats(
          facts,
          problem.isEmpty(),
          problem,
          bytesReceived.sum(),
          fetches.sum(),
          retries.sum(),
          checksumFailures.sum(),
          rails.stream().mapToLong(RailStats::bytesInFlight).sum(),
          fallbacks.sum(),
          transportFallbacks.sum(),
          rails);
    }
  }
}
