package io.railfs.client;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The data links to one worker, as many over each rail as the settings say, and what went over
 * them. Thread-safe; choosing a connection takes no lock and allocates nothing.
 */
final class Rails {
  private final Wiring wiring;
  private final Link.Listener listener;
  private final Map<Rail, RailCounters> counters = new ConcurrentHashMap<>();
  private volatile Link[] links = {};

  /** Guarded by this. */
  private List<Route> routes = List.of();

  /** Guarded by this. */
  private AttemptException closed;

  /** What counts as one rail, whatever addresses it has. */
  private record Rail(String device, String workerDevice) {
    static Rail of(Route route) {
      return new Rail(route.device(), route.workerDevice());
    }
  }

  /** Sums while a snapshot is made. */
  private static final class Load {
    private int connections;
    private long bytesInFlight;
  }

  Rails(Wiring wiring, Link.Listener listener) {
    this.wiring = requireNonNull(wiring, "wiring is null");
    this.listener = requireNonNull(listener, "listener is null");
  }

  /**
   * Opens links over these routes, keeps those that are over one of them already and closes the
   * others.
   */
  synchronized void adopt(List<Route> wanted, int blockSize) {
    if (closed != null || wanted.equals(routes)) {
      return;
    }
    List<Link> kept = new ArrayList<>(Arrays.asList(links));
    List<Link> fresh = new ArrayList<>();
    Link[] chosen = new Link[wanted.size() * wiring.settings().dataConnections()];
    for (int i = 0; i < chosen.length; i++) {
      // Rail by rail, so that the first connections of all rails come up first.
      Route route = wanted.get(i % wanted.size());
      Link link = kept.stream().filter(l -> l.route().equals(route)).findFirst().orElse(null);
      if (link == null) {
        link = new Link(wiring, List.of(route), blockSize, listener);
        fresh.add(link);
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
    fresh.forEach(Link::open);
  }

  /** As {@link Worker#data}. */
  Connection best(Connection avoid) {
    Connection best = null;
    long least = Long.MAX_VALUE;
    for (Link link : links) {
      Connection connection = link.ready();
      if (connection != null) {
        long load = load(connection, avoid);
        if (load < least) {
          least = load;
          best = connection;
        }
      }
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

  /** Payload bytes asked for and not answered, over all rails. */
  long bytesInFlight() {
    long sum = 0;
    for (Link link : links) {
      Connection connection = link.ready();
      sum += connection == null ? 0 : connection.bytesInFlight();
    }
    return sum;
  }

  Stream<Link> links() {
    return Arrays.stream(links);
  }

  int fallenBack() {
    return (int) links().filter(Link::hasFallenBack).count();
  }

  /** Why there is no connection: a sentence part for each rail; empty where there is no link. */
  String problem() {
    return links()
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

  RailCounters counters(Route route) {
    return counters.computeIfAbsent(Rail.of(route), rail -> new RailCounters());
  }

  /** One for each rail that has ever been used, by name. */
  List<RailStats> stats() {
    Map<Rail, Load> loads = new ConcurrentHashMap<>();
    links()
        .map(Link::ready)
        .forEach(
            connection -> {
              if (connection != null) {
                Load load = loads.computeIfAbsent(Rail.of(connection.route()), rail -> new Load());
                load.connections++;
                load.bytesInFlight += connection.bytesInFlight();
              }
            });
    return counters.entrySet().stream()
        .map(entry -> stats(entry.getKey(), entry.getValue(), loads))
        .sorted(Comparator.comparing(RailStats::device).thenComparing(RailStats::workerDevice))
        .toList();
  }

  private static RailStats stats(Rail rail, RailCounters counters, Map<Rail, Load> loads) {
    Load load = loads.getOrDefault(rail, new Load());
    return new RailStats(
        rail.device(),
        rail.workerDevice(),
        load.connections,
        counters.received(),
        counters.sent(),
        load.bytesInFlight);
  }

  void close(AttemptException cause) {
    synchronized (this) {
      closed = cause;
    }
    links().forEach(link -> link.close(cause));
  }
}
