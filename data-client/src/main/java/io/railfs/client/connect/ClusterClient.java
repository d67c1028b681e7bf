// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.connect;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.railfs.client.BlockLocations;
import io.railfs.client.ClientSettings;
import io.railfs.client.Cluster;
import io.railfs.client.ClusterException;
import io.railfs.client.ClusterException.Failure;
import io.railfs.client.ClusterStats;
import io.railfs.client.Endpoint;
import io.railfs.client.KnownCluster;
import io.railfs.client.MetadataSource;
import io.railfs.client.PageSource;
import io.railfs.client.WorkerStores;
import io.railfs.client.cluster.PlacementTable;
import io.railfs.client.cluster.RailWatch;
import io.railfs.client.cluster.RemoteWorker;
import io.railfs.client.cluster.WorkerDiscovery;
import io.railfs.client.cluster.WorkerMonitor;
import io.railfs.client.cluster.WorkerSelector;
import io.railfs.client.fetch.MetadataClient;
import io.railfs.client.fetch.PageClient;
import io.railfs.client.fetch.WorkerStoreClient;
import io.railfs.client.net.ConnectionContext;
import io.railfs.client.net.LocalSide;
import io.railfs.client.net.RdmaSide;
import io.railfs.fabric.Devices;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Transport;
import io.railfs.fabric.trust.Side;
import io.railfs.fabric.trust.Trust;
import io.railfs.membership.MemberView;
import io.railfs.membership.MemberWatch;
import io.railfs.membership.MembershipException;
import io.railfs.membership.MembershipSettings;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a {@link Cluster} together: the rooms net, cluster and fetch. The owner of every thread,
 * channel and timer in them. Thread-safe.
 */
public final class ClusterClient implements Cluster {
  private static final Logger log = LoggerFactory.getLogger(ClusterClient.class);

  /** How long one worker is waited for before another has to prove its data service too. */
  private static final long PROOF_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Trust trust;
  private final Transport transport;
  private final ExecutorService resolver;
  private final LocalSide local;
  private final RdmaSide rdma;
  private final WorkerDiscovery discovery;
  private final PlacementTable table;
  private final PageClient pages;
  private final MetadataClient metadata;
  private final WorkerStoreClient stores;
  private final RailWatch railWatch;
  private final WorkerMonitor monitor;

  private ClusterClient(ClientSettings settings, Trust trust, RdmaSide rdma) {
    this.trust = trust;
    this.rdma = rdma;
    transport = Transport.create("railfs-client", settings.threads());
    resolver = Executors.newCachedThreadPool(new DefaultThreadFactory("railfs-resolver", true));
    table = new PlacementTable(transport.group().next());
    local =
        settings.transport().prefersLocal() && transport.isEpoll()
            ? new LocalSide(settings.transport().descriptors(), transport.group())
            : null;
    ConnectionContext context =
        new ConnectionContext(transport, resolver, settings, trust, local, rdma, "");
    discovery = new WorkerDiscovery(context, table);
    pages = new PageClient(table, this::reasons, transport.group(), settings);
    metadata = new MetadataClient(table, this::reasons);
    stores = new WorkerStoreClient(table, discovery::workers, this::reasons);
    railWatch = new RailWatch(settings, discovery::workers, transport.group().next());
    monitor = new WorkerMonitor(discovery, settings.hedge(), transport.group().next());
  }

  /**
   * Connects to the workers. It is enough that one answers; the others are tried until they do.
   *
   * @throws ClusterException with one sentence where no worker answers within the connect timeout,
   *     or a device or file that the settings name cannot be used
   */
  public static Cluster connect(ClientSettings settings) throws ClusterException {
    checkDevices(settings);
    RdmaSide rdma = rdma(settings);
    ClusterClient cluster = new ClusterClient(settings, trust(settings), rdma);
    try {
      cluster.open(settings.connectTimeout().toNanos());
      return cluster;
    } catch (ClusterException | RuntimeException | Error e) {
      cluster.close();
      throw e;
    }
  }

  private static RdmaSide rdma(ClientSettings settings) throws ClusterException {
    try {
      return RdmaSide.open(settings.transport(), Math.max(1, settings.dataDevices().size()));
    } catch (FabricException e) {
      throw new ClusterException(Failure.UNREACHABLE, e.getMessage(), e);
    }
  }

  private static Trust trust(ClientSettings settings) throws ClusterException {
    try {
      return Trust.open(settings.trust(), Side.CLIENT);
    } catch (FabricException e) {
      throw new ClusterException(Failure.UNREACHABLE, e.getMessage(), e);
    }
  }

  private static void checkDevices(ClientSettings settings) throws ClusterException {
    boolean infiniband = settings.fabric().requireInfiniband();
    if (infiniband && settings.dataDevices().isEmpty()) {
      throw new ClusterException(
          Failure.UNREACHABLE,
          "railfs.fabric.require-infiniband = true needs the InfiniBand devices to be named in"
              + " railfs.client.data.bind.device");
    }
    try {
      Devices.requireUsable(settings.rpcDevices(), infiniband);
      Devices.requireUsable(settings.dataDevices(), infiniband);
    } catch (FabricException e) {
      if (!settings.fabric().fallback() || infiniband) {
        throw new ClusterException(Failure.UNREACHABLE, e.getMessage(), e);
      }
      log.warn("{}; RailFS goes on, because railfs.fabric.fallback is true", e.getMessage());
    }
  }

  private void open(long timeoutNanos) throws ClusterException {
    try {
      discovery.open();
    } catch (MembershipException e) {
      throw new ClusterException(Failure.UNREACHABLE, e.getMessage(), e);
    }
    List<RemoteWorker> workers = discovery.workers();
    CompletableFuture<?>[] outcomes =
        workers.stream()
            .map(worker -> worker.answered().handle((ready, failure) -> null))
            .toArray(CompletableFuture<?>[]::new);
    await(CompletableFuture.allOf(outcomes), timeoutNanos);
    table.settle();
    proveData(workers.stream().filter(worker -> worker.problem().isEmpty()).toList(), timeoutNanos);
  }

  /**
   * Opens data connections until there is one. In a random order, as all clients of a cluster may
   * start at once; the next worker is not kept waiting for long by one that does not answer.
   */
  private void proveData(List<RemoteWorker> workers, long timeoutNanos) throws ClusterException {
    List<RemoteWorker> order = new ArrayList<>(workers);
    Collections.shuffle(order, ThreadLocalRandom.current());
    CompletableFuture<Void> any = new CompletableFuture<>();
    List<CompletableFuture<Void>> outcomes = new ArrayList<>();
    for (RemoteWorker worker : order) {
      outcomes.add(worker.prove().thenRun(() -> any.complete(null)).exceptionally(e -> null));
      CompletableFuture<?> next = CompletableFuture.anyOf(any, outcomes.get(outcomes.size() - 1));
      await(next, PROOF_NANOS);
      if (any.isDone()) {
        return;
      }
    }
    CompletableFuture<Void> all =
        CompletableFuture.allOf(outcomes.toArray(CompletableFuture<?>[]::new));
    await(CompletableFuture.anyOf(any, all), timeoutNanos);
    if (!any.isDone()) {
      throw new ClusterException(Failure.UNREACHABLE, noWorker());
    }
  }

  /** Waits for the end, or for as long. */
  private static void await(CompletableFuture<?> future, long timeoutNanos)
      throws ClusterException {
    try {
      future.get(timeoutNanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      log.debug("not every worker has answered in time", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the outcome of a connect cannot fail", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException(Failure.UNREACHABLE, "connecting was interrupted", e);
    }
  }

  private String noWorker() {
    if (discovery.stats().watched()) {
      return discovery.workers().isEmpty()
          ? "no worker is registered in etcd; start one with the same railfs.membership settings"
          : "no worker can be reached: " + reasons(RemoteWorker::missing) + "; etcd names them";
    }
    return discovery.workers().stream().anyMatch(RemoteWorker::isUntrusted)
        ? "no worker can be reached: " + reasons(RemoteWorker::missing)
        : "no worker can be reached: "
            + reasons(RemoteWorker::missing)
            + "; start a worker there or correct railfs.workers";
  }

  /** Each worker that cannot be used, and why. */
  private String reasons() {
    return reasons(RemoteWorker::problem);
  }

  private String reasons(Function<RemoteWorker, String> problem) {
    List<String> reasons = new ArrayList<>();
    for (RemoteWorker worker : discovery.workers()) {
      String reason = problem.apply(worker);
      if (!reason.isEmpty()) {
        reasons.add("worker " + worker.endpoint() + " (" + reason + ")");
      }
    }
    if (reasons.isEmpty()) {
      // Between the attempt that failed and this sentence they may all have come back.
      discovery
          .workers()
          .forEach(
              worker -> reasons.add("worker " + worker.endpoint() + " (connected again since)"));
    }
    return reasons.isEmpty() ? "none is known" : String.join(", ", reasons);
  }

  @Override
  public PageSource pages() {
    return pages;
  }

  @Override
  public MetadataSource metadata() {
    return metadata;
  }

  @Override
  public WorkerStores stores() {
    return stores;
  }

  @Override
  public Trust trust() {
    return trust;
  }

  @Override
  public ClusterStats stats() {
    PageClient.Stats fetches = pages.stats();
    return new ClusterStats(
        discovery.workers().stream().map(RemoteWorker::stats).toList(),
        fetches.bytesInFlight(),
        fetches.waiting(),
        fetches.hedges(),
        fetches.hedgesWon(),
        discovery.stats());
  }

  @Override
  public List<BlockLocations> where(RailPath path, FileVersion version) {
    return WorkerSelector.locate(
        table.view(), table.blockSize(), pages.replicas(path), path, version);
  }

  @Override
  public void openData(Collection<Endpoint> workers, Duration timeout) throws ClusterException {
    CompletableFuture<?>[] outcomes =
        discovery.workers().stream()
            .filter(worker -> workers.contains(worker.endpoint()))
            .map(worker -> worker.prove().handle((ready, failure) -> null))
            .toArray(CompletableFuture<?>[]::new);
    await(CompletableFuture.allOf(outcomes), timeout.toNanos());
  }

  /** The rpc endpoints of the workers as the settings or etcd name them, without connecting. */
  public static List<Endpoint> look(ClientSettings settings) throws ClusterException {
    return known(settings).workers();
  }

  /** The workers as the settings or etcd name them, without connecting. */
  public static KnownCluster known(ClientSettings settings) throws ClusterException {
    if (settings.membership().type() == MembershipSettings.Type.STATIC) {
      return new KnownCluster(WorkerDiscovery.look(settings), List.of());
    }
    try {
      MemberView view = MemberWatch.view(settings.membership());
      return new KnownCluster(
          view.members().stream()
              .filter(member -> member.getRpcEndpointsCount() > 0)
              .map(member -> member.getRpcEndpoints(0))
              .map(named -> new Endpoint(named.getAddress(), named.getPort()))
              .toList(),
          view.lost().stream().map(WorkerDiscovery::lost).toList());
    } catch (MembershipException e) {
      throw new ClusterException(Failure.UNREACHABLE, e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    railWatch.close();
    monitor.close();
    metadata.close();
    stores.close();
    pages.close();
    discovery.close();
    resolver.shutdownNow();
    transport.close();
    if (local != null) {
      local.close();
    }
    if (rdma != null) {
      rdma.close();
    }
    trust.close();
  }
}
