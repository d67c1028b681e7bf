package io.railfs.client;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.Chunks;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.WorkerState;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One worker as the settings or the table name it: its identity, its rpc link, the data links that
 * its greeting leads to, and how it is. Thread-safe.
 */
final class RemoteWorker implements Link.Listener {
  /** Above what {@link #rank} gives. */
  static final int WORST_RANK = 8;

  /** Shortest time between two questions for the worker's addresses. */
  private static final long ASK_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Shortest time that a worker has to prove itself. */
  private static final long MIN_PROOF_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final Logger log = LoggerFactory.getLogger(RemoteWorker.class);

  private final ConnectionContext context;
  private final Endpoint endpoint;
  private final PlacementTable table;
  private final Ways ways;
  private final Link rpc;
  private final WorkerCounters counters = new WorkerCounters();
  private final RailCounters rpcCounters = new RailCounters();
  private final Rails rails;
  private final ConnectionWaiters waiters;
  private final CompletableFuture<Void> answered = new CompletableFuture<>();
  private final CompletableFuture<Void> proven = new CompletableFuture<>();

  private final Health health = new Health();
  private final Latency latency = new Latency();

  private volatile String id = "";
  private volatile WorkerState state = WorkerState.SERVING;
  private volatile long capacity;

  /** What it said of itself last; null before. */
  private volatile HelloReply lastHello;

  /** When the worker was last asked for its addresses again. */
  private final AtomicLong askedNanos = new AtomicLong(System.nanoTime() - ASK_NANOS);

  /** Guarded by this. */
  private AttemptException closed;

  /** A worker at an rpc endpoint. */
  RemoteWorker(ConnectionContext context, Endpoint endpoint, PlacementTable table) {
    this(context, List.of(new WorkerRoute(endpoint, "", "")), table);
  }

  /**
   * A worker whose rpc service is reached in one way or several.
   *
   * @param told one for each of its rails, without a device of this machine
   */
  RemoteWorker(ConnectionContext context, List<WorkerRoute> told, PlacementTable table) {
    this.context = context.to(told.get(0).endpoint());
    this.endpoint = told.get(0).endpoint();
    this.table = requireNonNull(table, "table is null");
    ways = new Ways(context.settings());
    rpc = new Link(this.context, ways.to(told), 0, Link.ALWAYS, this);
    rails = new Rails(this.context, this);
    waiters =
        new ConnectionWaiters(context.transport().group(), endpoint.toString(), health::hesitates);
  }

  void open() {
    rpc.open();
  }

  /** What the table tells of it, which comes sooner than its own word. */
  void told(WorkerState now, long bytes) {
    boolean moved = capacity != bytes;
    capacity = bytes;
    enter(now);
    if (moved && !id.isEmpty() && lastHello != null) {
      table.join(this, lastHello.getBlockSize());
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
   * Completes when the worker has greeted; fails when it turns out not to be there at first, though
   * it is tried further.
   */
  CompletableFuture<Void> answered() {
    return answered;
  }

  /**
   * Has a data connection opened. Completes when there is one; fails when none can be had at first.
   */
  CompletableFuture<Void> prove() {
    rails.open();
    return proven;
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

  WorkerState state() {
    return state;
  }

  /** Bytes of its store, 0 where it does not tell. */
  long capacity() {
    return capacity;
  }

  Latency latency() {
    return latency;
  }

  /** Whether there is a data connection. */
  boolean hasData() {
    return rails.isUp();
  }

  /** Whether there is a data connection, or for all that is known may be when one is wanted. */
  boolean mayServe() {
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

  /** Has a data connection opened and tells the entry when there is one, or will not be. */
  void whenOpen(ConnectionWaiters.Entry entry) {
    long patience = context.settings().attemptTimeout().toNanos() / 4;
    waiters.enter(entry, Math.max(patience, MIN_PROOF_NANOS));
    rails.open();
    settle();
  }

  /** To be called after every change that may end the wait of somebody. */
  private void settle() {
    if (hasData()) {
      waiters.admit();
    } else if (!rails.isOpening()) {
      waiters.refuse(
          new AttemptException(
              AttemptException.Kind.NOT_OPENED,
              "worker " + endpoint + " has no data connection: " + problem()));
    }
  }

  /** Whether it may be asked about names as the placement says. */
  boolean isOpenToQuestions() {
    return state == WorkerState.SERVING && rpc.ready() != null;
  }

  /** How little it is to be wished for among those that are not as they should be. */
  int rank() {
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

  /** What a fetch would wait for there, in no unit. */
  long load() {
    return (rails.bytesInFlight() + waiters.bytes() + Chunks.SIZE)
        * Long.highestOneBit(latency.averageNanos() | 1);
  }

  /** A fetch got all of its chunks. */
  void served(int bytes, long nanos) {
    latency.add(bytes, nanos);
    health.served();
  }

  /** A fetch failed. */
  void failed(AttemptException cause) {
    if (cause.kind() == AttemptException.Kind.TIMED_OUT && health.timedOut()) {
      probe();
    } else if (cause.code() == ErrorCode.BUSY) {
      // It may be draining.
      askAgain();
    }
  }

  /** Wants an answer of its data service within a quarter of the time that a fetch has. */
  private void probe() {
    Connection connection = data(null);
    long patience = context.settings().attemptTimeout().toNanos() / 4;
    long deadline = System.nanoTime() + Math.max(patience, MIN_PROOF_NANOS);
    if (connection != null) {
      connection.send(new Probe(deadline, failure -> health.proved(failure == null)));
    }
  }

  /** Asks the worker how it is. */
  void greet() {
    Connection connection = rpc.ready();
    if (connection == null) {
      return;
    }
    long deadline = System.nanoTime() + context.settings().connectTimeout().toNanos();
    connection.send(
        new Greeting(
            Identity.HELLO,
            false,
            deadline,
            hello -> heard(connection, hello),
            cause -> log.debug("worker {} did not say how it is", endpoint, cause)));
  }

  private void heard(Connection connection, HelloReply hello) {
    if (hello.equals(lastHello)) {
      return;
    }
    String refusal = greeted(rpc, connection, hello);
    if (refusal != null) {
      connection.close(
          new AttemptException(
              AttemptException.Kind.CONNECTION_LOST, connection.name() + " " + refusal));
    }
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
    if (mayServe()) {
      return "";
    }
    String railsProblem = rails.problem();
    return railsProblem.isEmpty() ? rpc.problem() : railsProblem;
  }

  /** As {@link #problem}, also where nothing is known yet because no data connection is there. */
  String missing() {
    String problem = problem();
    return problem.isEmpty() && !hasData() ? "its data service has not answered" : problem;
  }

  boolean isUntrusted() {
    return rpc.isUntrusted();
  }

  WorkerFacts facts() {
    return new WorkerFacts(endpoint, id, state, health.state(), capacity);
  }

  WorkerStats stats() {
    return counters.snapshot(facts(), problem(), rails.stats());
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
    waiters.refuse(cause);
  }

  @Override
  public String greeted(Link link, Connection connection, HelloReply hello) {
    if (link != rpc) {
      return hello.getWorkerId().equals(id)
          ? null
          : "belongs to worker '"
              + ReplyValidator.sentence(hello.getWorkerId())
              + "' and not to '"
              + id
              + "'";
    }
    String problem = ReplyValidator.problem(hello);
    return problem == null ? adopt(connection, hello) : problem;
  }

  private synchronized String adopt(Connection connection, HelloReply hello) {
    if (closed != null) {
      return "is not needed any more";
    }
    String before = id;
    id = hello.getWorkerId();
    capacity = hello.getCapacityBytes();
    String refusal = table.join(this, hello.getBlockSize());
    if (refusal != null) {
      id = before;
      return refusal;
    }
    enter(hello.getState());
    lastHello = hello;
    InetSocketAddress remote = (InetSocketAddress) connection.channel().remoteAddress();
    rails.adopt(ways.toData(hello, remote), hello.getBlockSize());
    if (mayServe()) {
      // Its data service may be elsewhere now.
      health.returned();
    }
    rpc.setRoutes(ways.toRpc(endpoint, hello, remote));
    return null;
  }

  @Override
  public void ready(Link link) {
    if (link == rpc) {
      answered.complete(null);
      if (mayServe()) {
        health.returned();
      }
      return;
    }
    proven.complete(null);
    if (health.connected()) {
      probe();
    }
    settle();
  }

  @Override
  public void failed(Link link, AttemptException cause) {
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
    // With fallback the attempt that follows may be without the device.
    if (!context.settings().fabric().fallback()) {
      if (link == rpc) {
        answered.completeExceptionally(cause);
      } else if (!rails.mayServe()) {
        proven.completeExceptionally(cause);
      }
    }
  }

  /** Its addresses or its state may have changed. */
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
              if (connection.route().device().equals(link.route().device())) {
                connection.closeIfSilent(cause);
              } else {
                connection.proveIfSilent(cause);
              }
            });
  }

  @Override
  public RailCounters counters(Link link, WorkerRoute route) {
    return link == rpc ? rpcCounters : rails.counters(route);
  }

  @Override
  public boolean mayFallBack(Link link) {
    return context.settings().fabric().fallback()
        && (link == rpc || rails.firsts().allMatch(one -> !one.isOnRail() && one.hasFailed()));
  }

  @Override
  public void fellBack(Link link) {
    if (link != rpc) {
      counters.fellBack();
    }
  }
}
