// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.cluster;

import static java.util.Objects.requireNonNull;

import io.railfs.client.ClientSettings;
import io.railfs.client.ClusterException;
import io.railfs.client.Endpoint;
import io.railfs.client.LostWorker;
import io.railfs.client.MembershipStats;
import io.railfs.client.net.AttemptException;
import io.railfs.client.net.ConnectionContext;
import io.railfs.client.net.WorkerRoute;
import io.railfs.membership.MemberWatch;
import io.railfs.membership.MembershipException;
import io.railfs.membership.MembershipSettings;
import io.railfs.protocol.messages.DataEndpoint;
import io.railfs.protocol.messages.Member;
import io.railfs.protocol.messages.WorkerState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workers that there are: those that the settings name, those at the addresses of names that
 * the settings give, or those that are registered in etcd, as they come and go. Owns them.
 * Thread-safe.
 *
 * <p>A worker that is not registered any more, or has lost its address, is kept for a while as long
 * as it answers, so that an etcd that lost its data, and is filled again, changes nothing; and
 * where none is registered any more, all are kept.
 */
public final class WorkerDiscovery implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WorkerDiscovery.class);

  private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(15);

  private final ConnectionContext context;
  private final PlacementTable table;
  private MemberWatch watch;
  private AddressWatch names;

  private volatile List<RemoteWorker> workers = List.of();

  /** Guarded by this: registered ones by identity, and where they were said to be. */
  private final Map<String, Entry> entries = new TreeMap<>();

  /** Guarded by this: when a worker that is kept was registered last. */
  private final Map<String, Long> missedNanos = new HashMap<>();

  /** Guarded by this. */
  private boolean opened;

  private record Entry(RemoteWorker worker, List<WorkerRoute> routes) {}

  public WorkerDiscovery(ConnectionContext context, PlacementTable table) {
    this.context = requireNonNull(context, "context is null");
    this.table = requireNonNull(table, "table is null");
  }

  /**
   * Learns the workers and starts to connect to them.
   *
   * @throws MembershipException where etcd does not answer
   * @throws ClusterException where no name has an address
   */
  public void open() throws MembershipException, ClusterException {
    ClientSettings settings = context.settings();
    if (settings.membership().type() == MembershipSettings.Type.ETCD) {
      watch = MemberWatch.start(settings.membership(), this::follow);
    } else if (!settings.names().isEmpty()) {
      names = AddressWatch.start(settings.names(), settings.connectTimeout(), this::follow);
    } else {
      workers = settings.workers().stream().map(e -> new RemoteWorker(context, e, table)).toList();
      workers.forEach(RemoteWorker::open);
    }
  }

  /** In the order of the settings, or of their identities. */
  public List<RemoteWorker> workers() {
    return workers;
  }

  public MembershipStats stats() {
    int placements = table.changes();
    if (watch == null) {
      return new MembershipStats(false, 0, false, placements, List.of());
    }
    List<LostWorker> lost = watch.lost().stream().map(WorkerDiscovery::lost).toList();
    return new MembershipStats(true, watch.age().toNanos(), watch.isStale(), placements, lost);
  }

  /** The rpc endpoints that the settings and the names in them stand for now, asked once. */
  public static List<Endpoint> look(ClientSettings settings) throws ClusterException {
    Set<Endpoint> all = new LinkedHashSet<>(settings.workers());
    if (!settings.names().isEmpty()) {
      all.addAll(AddressWatch.once(settings.names(), settings.connectTimeout()));
    }
    return List.copyOf(all);
  }

  /** A worker that left etcd without saying so, as statistics show it. */
  public static LostWorker lost(Member member) {
    String id = member.getWorkerId();
    String endpoint =
        member.getRpcEndpointsCount() == 0 ? id : endpoint(member.getRpcEndpoints(0)).toString();
    return new LostWorker(endpoint, id, member.getSeenSeconds());
  }

  private static Endpoint endpoint(DataEndpoint named) {
    return new Endpoint(named.getAddress(), named.getPort());
  }

  private synchronized void follow(List<Member> members) {
    if (opened && members.isEmpty()) {
      log.warn("no worker is registered in etcd any more; those known so far stay in use");
      return;
    }
    Map<String, Member> byId = new HashMap<>();
    members.forEach(member -> byId.put(member.getWorkerId(), member));
    long now = System.nanoTime();
    for (String id : entries.keySet()) {
      if (byId.containsKey(id)) {
        missedNanos.remove(id);
      } else {
        missedNanos.putIfAbsent(id, now);
      }
    }
    byId.values().forEach(this::take);
    opened |= !members.isEmpty();
    retire();
    publish();
  }

  /** The workers at these addresses, and those that the settings name besides. */
  private synchronized void follow(Set<Endpoint> addresses) {
    Set<Endpoint> now = new LinkedHashSet<>(context.settings().workers());
    now.addAll(addresses);
    long nanos = System.nanoTime();
    Set<String> ids = now.stream().map(Endpoint::toString).collect(Collectors.toSet());
    for (String id : entries.keySet()) {
      if (ids.contains(id)) {
        missedNanos.remove(id);
      } else {
        missedNanos.putIfAbsent(id, nanos);
      }
    }
    now.forEach(this::take);
    retire();
    publish();
  }

  private void take(Endpoint endpoint) {
    if (!entries.containsKey(endpoint.toString())) {
      List<WorkerRoute> routes = List.of(new WorkerRoute(endpoint, "", ""));
      RemoteWorker worker = new RemoteWorker(context, routes, table);
      entries.put(endpoint.toString(), new Entry(worker, routes));
      log.info("worker {} is asked from now on", endpoint);
      worker.open();
    }
  }

  private void take(Member member) {
    List<WorkerRoute> routes = routes(member);
    if (member.getWorkerId().isEmpty() || routes.isEmpty()) {
      log.warn("a worker in etcd, '{}', has no identity or address", member.getWorkerId());
      return;
    }
    Entry known = entries.get(member.getWorkerId());
    if (known == null || !known.routes().equals(routes)) {
      if (known != null) {
        drop(known.worker(), "it moved");
      }
      RemoteWorker worker = new RemoteWorker(context, routes, table);
      known = new Entry(worker, routes);
      entries.put(member.getWorkerId(), known);
      known.worker().registered(member.getState(), member.getCapacityBytes());
      worker.open();
    } else {
      known.worker().registered(member.getState(), member.getCapacityBytes());
    }
  }

  private static List<WorkerRoute> routes(Member member) {
    List<WorkerRoute> routes = new ArrayList<>();
    for (DataEndpoint named : member.getRpcEndpointsList()) {
      if (!named.getAddress().isBlank() && named.getPort() > 0 && named.getPort() <= 65535) {
        routes.add(new WorkerRoute(endpoint(named), "", named.getDevice()));
      }
    }
    return routes;
  }

  /** Lets go of those that are not registered any more and do not answer, or were kept enough. */
  synchronized void retire() {
    long now = System.nanoTime();
    for (Map.Entry<String, Long> missed : List.copyOf(missedNanos.entrySet())) {
      RemoteWorker worker = entries.get(missed.getKey()).worker();
      boolean left = worker.state() == WorkerState.DRAINING || !worker.isThere();
      if (left || now - missed.getValue() >= KEEP_NANOS) {
        missedNanos.remove(missed.getKey());
        entries.remove(missed.getKey());
        drop(worker, "it has left the cluster");
        publish();
      }
    }
  }

  private void drop(RemoteWorker worker, String why) {
    log.info("worker {} is not asked any more: {}", worker.endpoint(), why);
    worker.close(new AttemptException(AttemptException.Kind.CONNECTION_LOST, why));
    // Afterwards: a late HELLO cannot have it join again.
    table.leave(worker);
  }

  private void publish() {
    workers = entries.values().stream().map(Entry::worker).toList();
  }

  /** Ends the watch and every connection. */
  @Override
  public void close() {
    if (watch != null) {
      watch.close();
    }
    if (names != null) {
      names.close();
    }
    AttemptException cause =
        new AttemptException(AttemptException.Kind.CLOSED, "the client was closed");
    workers.forEach(worker -> worker.close(cause));
  }
}
