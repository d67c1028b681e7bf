// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static java.util.Objects.requireNonNull;

import io.railfs.client.RailState;
import io.railfs.client.RailStats;
import io.railfs.client.TransportKind;
import io.railfs.protocol.messages.HelloReply;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The data links to one worker, up to as many over each rail as the settings say, and what went
 * over them. The first ones over each rail are opened when the worker is wanted, the others when
 * these have much to do. Thread-safe; choosing a connection takes no lock and allocates nothing.
 */
public final class Rails implements Link.Listener {
  /** With so many bytes in flight on the best connection there is use for another one. */
  private static final long MUCH = 1 << 20;

  private final ConnectionContext context;
  private final Listener listener;
  private final Map<Rail, Counters> counters = new ConcurrentHashMap<>();

  /** The first ones over each rail stand before the others. */
  private volatile Link[] links = {};

  /** Guarded by this. */
  private List<WorkerRoute> routes = List.of();

  /** Guarded by this. */
  private AttemptException closed;

  /** Takes what happens to the data links of a worker, on an event loop. */
  public interface Listener {
    /**
     * Judges the HELLO reply of a data service.
     *
     * @return why the connection is of no use, as the end of a sentence, or null where it is good
     */
    String dataHelloReceived(HelloReply hello);

    /** A data connection is ready. */
    void dataReady();

    /** A data link has no connection and will try again. */
    void dataFailed(Link link, AttemptException cause);

    /** A data connection is bound to no device though one is named. */
    void dataFellBack();

    /** TCP brings blocks though the settings name another transport alone. */
    void transportFellBack();
  }

  /** What counts as one rail, whatever addresses it has. */
  private record Rail(String device, String workerDevice) {
    static Rail of(WorkerRoute route) {
      return new Rail(route.device(), route.workerDevice());
    }
  }

  /** Sums while a snapshot is made. */
  private static final class Load {
    private int connections;
    private long bytesInFlight;
    private boolean down;
    private TransportKind transport = TransportKind.TCP;
    private String transportProblem = "";
  }

  public Rails(ConnectionContext context, Listener listener) {
    this.context = requireNonNull(context, "context is null");
    this.listener = requireNonNull(listener, "listener is null");
  }

  /**
   * Has links over these routes, keeps those that are over one of them already and closes the
   * others.
   */
  public synchronized void adopt(List<WorkerRoute> wanted, int blockSize) {
    if (closed != null || wanted.equals(routes)) {
      return;
    }
    long idleNanos = context.settings().dataIdle().toNanos();
    List<Link> kept = new ArrayList<>(Arrays.asList(links));
    Link[] chosen = new Link[wanted.size() * context.settings().dataConnections()];
    for (int i = 0; i < chosen.length; i++) {
      WorkerRoute route = wanted.get(i % wanted.size());
      Link link = kept.stream().filter(l -> l.route().equals(route)).findFirst().orElse(null);
      if (link == null) {
        link = new Link(context, List.of(route), blockSize, idleNanos, this);
      } else {
        kept.remove(link);
      }
      chosen[i] = link;
    }
    routes = List.copyOf(wanted);
    links = chosen;
    AttemptException moved =
        new AttemptException(
            AttemptException.Kind.CONNECTION_LOST, "the worker moved its data service");
    kept.forEach(link -> link.close(moved));
  }

  /** Has the first links over each rail opened. */
  public void open() {
    firsts().forEach(Link::open);
  }

  /** The first ones over each rail. */
  public Stream<Link> firsts() {
    Link[] all = links;
    return Arrays.stream(all, 0, all.length / context.settings().dataConnections());
  }

  /** Whether there is a connection. */
  public boolean isUp() {
    for (Link link : links) {
      if (link.ready() != null) {
        return true;
      }
    }
    return false;
  }

  /** Whether there may be a connection when it is wanted, as far as is known. */
  public boolean mayServe() {
    Link[] all = links;
    int firsts = all.length / context.settings().dataConnections();
    for (int i = 0; i < firsts; i++) {
      if (all[i].mayServe()) {
        return true;
      }
    }
    return false;
  }

  /** Whether a connection is on its way. */
  public boolean isOpening() {
    return links().anyMatch(link -> link.state() == Link.State.OPENING);
  }

  /**
   * The connection with the fewest bytes in flight over all rails, or null.
   *
   * @param avoid is only chosen where there is no other, and its rail where there is no other rail;
   *     may be null
   */
  public Connection best(Connection avoid) {
    Connection best = null;
    Link spare = null;
    long min = Long.MAX_VALUE;
    for (Link link : links) {
      Connection connection = link.ready();
      if (connection == null) {
        spare = spare == null ? link : spare;
      } else {
        long load = load(connection, avoid);
        if (load < min) {
          min = load;
          best = connection;
        }
      }
    }
    if (spare != null && best != null && best.bytesInFlight() >= MUCH) {
      spare.open();
    }
    return best;
  }

  private static long load(Connection connection, Connection avoid) {
    if (connection == avoid) {
      return Long.MAX_VALUE - 1;
    }
    long inFlight = connection.bytesInFlight();
    boolean sameRail = avoid != null && connection.route().equals(avoid.route());
    return sameRail ? Long.MAX_VALUE / 2 + inFlight : inFlight;
  }

  @Override
  public String helloReceived(HelloReply hello, InetSocketAddress remote) {
    return listener.dataHelloReceived(hello);
  }

  @Override
  public void ready() {
    listener.dataReady();
  }

  @Override
  public void failed(Link link, AttemptException cause) {
    listener.dataFailed(link, cause);
  }

  @Override
  public boolean mayFallBack() {
    return context.settings().fabric().fallback()
        && firsts().allMatch(one -> !one.isOnRail() && one.hasFailed());
  }

  @Override
  public void fellBack() {
    listener.dataFellBack();
  }

  @Override
  public void transportFellBack() {
    listener.transportFellBack();
  }

  /** Connections whose blocks TCP brings though the settings name another transport alone. */
  public int onOtherTransport() {
    return (int) links().filter(Link::usesOtherTransport).count();
  }

  /** Payload bytes asked for and not answered, over all rails. */
  public long bytesInFlight() {
    long sum = 0;
    for (Link link : links) {
      Connection connection = link.ready();
      sum += connection == null ? 0 : connection.bytesInFlight();
    }
    return sum;
  }

  public Stream<Link> links() {
    return Arrays.stream(links);
  }

  public int fallenBack() {
    return (int) links().filter(Link::hasFallenBack).count();
  }

  /** Why there is no connection: a sentence part for each rail; empty where nothing is wrong. */
  public String problem() {
    return links()
        .filter(link -> !link.problem().isEmpty())
        .collect(
            Collectors.toMap(
                link -> link.route().name().replaceFirst("worker", "data service"),
                Link::problem,
                (one, other) -> one,
                TreeMap::new))
        .entrySet()
        .stream()
        .map(entry -> entry.getKey() + ": " + entry.getValue())
        .collect(Collectors.joining("; "));
  }

  @Override
  public Counters counters(WorkerRoute route) {
    return counters.computeIfAbsent(Rail.of(route), rail -> new Counters());
  }

  /** One for each rail that there is, or has ever been used, by name. */
  public List<RailStats> stats() {
    Map<Rail, Load> loads = new HashMap<>();
    counters.keySet().forEach(rail -> loads.put(rail, new Load()));
    links().forEach(link -> count(link, loads));
    return loads.entrySet().stream()
        .map(entry -> stats(entry.getKey(), entry.getValue()))
        .sorted(Comparator.comparing(RailStats::device).thenComparing(RailStats::workerDevice))
        .toList();
  }

  private static void count(Link link, Map<Rail, Load> loads) {
    Load own = loads.computeIfAbsent(Rail.of(link.route()), rail -> new Load());
    own.down |= link.state() == Link.State.DOWN || link.hasFallenBack();
    Connection connection = link.ready();
    if (connection != null) {
      Load load = loads.computeIfAbsent(Rail.of(connection.route()), rail -> new Load());
      load.connections++;
      load.bytesInFlight += connection.bytesInFlight();
      if (load.transport == TransportKind.TCP) {
        load.transport = connection.blocks().kind();
      }
      load.transportProblem = connection.transportProblem();
    }
  }

  private RailStats stats(Rail rail, Load load) {
    Counters counted = counters.getOrDefault(rail, new Counters());
    RailState idle = load.down ? RailState.DOWN : RailState.IDLE;
    return new RailStats(
        rail.device(),
        rail.workerDevice(),
        load.connections > 0 ? RailState.UP : idle,
        load.connections,
        counted.received(),
        counted.sent(),
        load.bytesInFlight,
        load.transport,
        load.transportProblem,
        counted.local(),
        counted.rdma());
  }

  public void close(AttemptException cause) {
    synchronized (this) {
      closed = cause;
    }
    links().forEach(link -> link.close(cause));
    if (context.local() != null) {
      context.local().lent().dropAll(this);
    }
  }

  /**
   * What went over one rail, connections that have ended included; counted once for each buffer,
   * not for each read. Thread-safe.
   */
  public static final class Counters {
    private final LongAdder received = new LongAdder();
    private final LongAdder sent = new LongAdder();
    private final LongAdder local = new LongAdder();
    private final LongAdder rdma = new LongAdder();

    /** A message came over RDMA instead. */
    void receivedOverRdma(int bytes) {
      rdma.add(bytes);
    }

    long rdma() {
      return rdma.sum();
    }

    /** Bytes of blocks were read on this host instead. */
    void readLocally(int bytes) {
      local.add(bytes);
    }

    long local() {
      return local.sum();
    }

    void received(int bytes) {
      received.add(bytes);
    }

    void sent(int bytes) {
      sent.add(bytes);
    }

    long received() {
      return received.sum();
    }

    long sent() {
      return sent.sum();
    }
  }
}
