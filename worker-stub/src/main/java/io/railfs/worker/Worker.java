// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import static java.util.Objects.requireNonNull;

import io.netty.util.internal.PlatformDependent;
import io.railfs.base.CloseStack;
import io.railfs.base.Release;
import io.railfs.fabric.Devices;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Server;
import io.railfs.fabric.Transport;
import io.railfs.fabric.facts.HcaPort;
import io.railfs.membership.MembershipException;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.telemetry.MetricSource;
import io.railfs.telemetry.NetworkSource;
import io.railfs.telemetry.ProcessSource;
import io.railfs.telemetry.TrustSource;
import io.railfs.worker.access.Access;
import io.railfs.worker.admin.Admin;
import io.railfs.worker.admin.LogLevel;
import io.railfs.worker.admin.WorkerView;
import io.railfs.worker.listings.RememberedListings;
import io.railfs.worker.namespace.Namespace;
import io.railfs.worker.service.DataBackend;
import io.railfs.worker.service.LocalService;
import io.railfs.worker.service.RdmaService;
import io.railfs.worker.service.RpcBackend;
import io.railfs.worker.service.ServiceState;
import io.railfs.worker.service.Services;
import io.railfs.worker.store.BlockAdmin;
import io.railfs.worker.store.BlockSource;
import io.railfs.worker.store.BlockStore;
import io.railfs.worker.store.StoreCounters;
import io.railfs.worker.store.disk.DirectoryStatus;
import io.railfs.worker.store.disk.StoreException;
import io.railfs.worker.tasks.TaskPool;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import io.railfs.worker.ufs.UfsWatch;
import io.railfs.worker.ufs.WatchedUfs;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running cache worker. Owns its threads, sockets and files until {@link #close}. Thread-safe.
 *
 * <p>Parts, in the order in which they start; they are closed in the reverse one: who is let in,
 * the UFS, the block store, the threads that open and load blocks, those for names, the network,
 * the data service, the rpc service, its announcement to the cluster, the web page and the
 * administration. Before all of them it leaves the cluster.
 */
public final class Worker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private static final Path MACHINE = Path.of("/");
  private static final int METADATA_QUEUE = 4_096;

  /** Requests that need no UFS, at once. */
  private static final int OWN_THREADS = 4;

  private final WorkerSettings settings;
  private final CloseStack parts;
  private final Access access;
  private final ServiceState state;
  private final BlockStore store;
  private final BlockAdmin admin;
  private final String id;
  private final Server data;
  private final Server rpc;
  private final Admin web;
  private final BlockSource source;
  private final UfsWatch watch;
  private final long startedAt = System.nanoTime();

  private Worker(WorkerSettings settings, LogLevel logLevel, CloseStack parts)
      throws UfsException,
          StoreException,
          FabricException,
          MembershipException,
          WorkerStartException {
    this.settings = settings;
    this.parts = parts;
    this.access = parts.push(Access.open(settings.access()));
    List<WatchedUfs> each = new ArrayList<>();
    Ufs ufs =
        parts.push(
            Namespace.open(settings.mounts(), settings.limits().requestTimeout(), each::add));
    this.watch = parts.push(new UfsWatch(each, settings.watch()));
    this.store = parts.push(BlockStore.open(ProcessCapacity.fitting(settings.store())));
    StoreOrigin.note(settings.store().directories(), settings.mounts(), ufs);
    this.id =
        settings.id().isEmpty()
            ? WorkerIdentity.in(settings.store().directories().get(0))
            : settings.id();
    this.source =
        parts.push(
            new BlockSource(
                store,
                ufs,
                settings.blockSize(),
                settings.store().threads(),
                settings.loaders(),
                settings.limits().requestTimeout()));
    WorkerAnnouncement announcement =
        new WorkerAnnouncement(settings, id, capacity(), source::isDraining);
    this.state =
        new ServiceState(
            ProcessCapacity.fitting(settings), access, announcement::hello, watch::problem);
    this.admin = parts.push(new BlockAdmin(store, source, settings.loaders()));
    TaskPool metadata =
        parts.push(new TaskPool("railfs-meta", settings.metadataThreads(), METADATA_QUEUE));
    RememberedListings listings =
        parts.push(new RememberedListings(ufs, metadata, settings.listingMemory()));
    TaskPool own = parts.push(new TaskPool("railfs-own", OWN_THREADS, METADATA_QUEUE));
    Transport transport = parts.push(Transport.create("railfs-net", settings.threads()));
    requireDevices(settings);
    LocalService local = parts.push(localService(transport));
    RdmaService rdma = parts.push(rdmaService());
    this.data =
        parts.push(
            Services.data(
                transport,
                settings.data(),
                state,
                new DataBackend(source, settings.blockSize(), local, rdma)));
    this.rpc =
        parts.push(
            Services.rpc(
                transport,
                settings.rpc(),
                state,
                new RpcBackend(ufs, listings, metadata, own, this::status, admin),
                settings.blockSize()));
    parts.push(announcement);
    announcement.start(data, rpc);
    this.web =
        parts.push(
            Admin.start(
                settings.admin(),
                new WorkerView(
                    this::status,
                    state,
                    rdma,
                    source,
                    listings,
                    announcement::lost,
                    watch.healths(),
                    MACHINE),
                otherMetrics(settings, access),
                ufs,
                admin,
                settings.blockSize(),
                logLevel));
    announcement.serve();
    parts.push(new DrainController(source, state, settings.drainTimeout())::drain);
  }

  private LocalService localService(Transport transport) throws FabricException {
    LocalSettings wanted = settings.local();
    try {
      return LocalService.start(transport, state, wanted.socket(), wanted.users());
    } catch (FabricException e) {
      if (wanted.required()) {
        throw e;
      }
      log.warn("{}; readers on this host read over TCP", e.getMessage());
      return LocalService.none(state, String.valueOf(e.getMessage()));
    }
  }

  private RdmaService rdmaService() throws FabricException {
    List<String> devices = settings.data().devices();
    int rails = devices.isEmpty() ? HcaPort.all(MACHINE).size() : devices.size();
    Set<InetAddress> addresses = dataAddresses();
    // Each address has memory of its own, and a device may have several.
    int parts = Math.max(addresses.size(), Math.max(1, rails));
    return RdmaService.start(state, settings.rdma(), addresses, parts);
  }

  /** Where the data service is reached, as far as that is known before. */
  private Set<InetAddress> dataAddresses() throws FabricException {
    Set<InetAddress> addresses = new LinkedHashSet<>();
    for (String device : settings.data().devices()) {
      Devices.addresses(device).forEach(address -> addresses.add(address.address()));
    }
    if (addresses.isEmpty() && !settings.data().host().isEmpty()) {
      try {
        addresses.add(InetAddress.getByName(settings.data().host()));
      } catch (UnknownHostException e) {
        // The data service says so, with the name of the setting.
        log.debug("{} is not known", settings.data().host(), e);
      }
    }
    return addresses;
  }

  private long capacity() {
    return store.directories().stream().mapToLong(DirectoryStatus::capacityBytes).sum();
  }

  private static List<MetricSource> otherMetrics(WorkerSettings settings, Access access) {
    Set<String> devices = new TreeSet<>(settings.rpc().devices());
    devices.addAll(settings.data().devices());
    // What the process was started with: railfs.worker.heap and railfs.worker.direct-memory.
    long heap = Runtime.getRuntime().maxMemory();
    long direct = PlatformDependent.estimateMaxDirectMemory();
    return List.of(
        new ProcessSource(Release.VERSION, heap + direct, direct),
        new TrustSource(access.trust()),
        new NetworkSource(MACHINE, devices));
  }

  private static void requireDevices(WorkerSettings settings)
      throws FabricException, WorkerStartException {
    boolean infiniband = settings.fabric().requireInfiniband();
    if (infiniband && settings.data().devices().isEmpty()) {
      throw new WorkerStartException(
          "railfs.fabric.require-infiniband = true needs the InfiniBand devices to be named in"
              + " railfs.worker.data.bind.device",
          null);
    }
    Devices.requireUsable(settings.rpc().devices(), infiniband);
    Devices.requireUsable(settings.data().devices(), infiniband);
  }

  /** As {@link #start(WorkerSettings, LogLevel)}, in a process whose log cannot be changed. */
  public static Worker start(WorkerSettings settings) throws WorkerStartException {
    return start(settings, LogLevel.FIXED);
  }

  /**
   * Starts a worker, which serves when this returns.
   *
   * @param logLevel of this process
   * @throws WorkerStartException with one sentence where it cannot; nothing is left running then
   */
  public static Worker start(WorkerSettings settings, LogLevel logLevel)
      throws WorkerStartException {
    requireNonNull(settings, "settings is null");
    try (CloseStack undo = new CloseStack()) {
      Worker worker = new Worker(settings, logLevel, undo.push(new CloseStack()));
      undo.release();
      log.info(
          "worker {} serves {} on rpc port {} and data port {}; {} blocks in the store",
          worker.id,
          settings.ufs(),
          worker.rpcPort(),
          worker.dataPort(),
          worker.status().getBlocks());
      return worker;
    } catch (UfsException | StoreException | FabricException | MembershipException e) {
      throw new WorkerStartException(e.getMessage(), e);
    }
  }

  /** The port of the rpc service. */
  public int rpcPort() {
    return rpc.port();
  }

  /** The port of the data service. */
  public int dataPort() {
    return data.port();
  }

  /** The port of the web page and the metrics; 0 where they are off. */
  public int webPort() {
    return web.webPort();
  }

  /** The port of the administration; 0 where it is off. */
  public int restPort() {
    return web.restPort();
  }

  /** The routes of the administration, as "METHOD PATH". */
  List<String> restRoutes() {
    return web.restRoutes();
  }

  /** The identity that placement hashes. */
  public String id() {
    return id;
  }

  /** Counters and sizes now. */
  public StatusReply status() {
    StoreCounters counters = store.counters();
    StatusReply.Builder reply =
        StatusReply.newBuilder()
            .setWorkerId(id)
            .setSoftwareVersion(Release.VERSION)
            .setPid(ProcessHandle.current().pid())
            .setUptimeSeconds(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startedAt))
            .setUfs(settings.ufs())
            .setHits(counters.hits())
            .setMisses(counters.misses())
            .setLoads(counters.loads())
            .setLoadFailures(counters.loadFailures())
            .setEvictions(counters.evictions())
            .setQuarantined(counters.quarantined())
            .setUnstored(counters.unstored())
            .setFreed(counters.freed())
            .setWriteFailures(counters.writeFailures())
            .setReadFailures(counters.readFailures())
            .setLoadedBytes(counters.loadedBytes())
            .setBulkLoads(admin.loads())
            .setSentBytes(state.sentBytes())
            .setConnections(state.connections())
            .setDraining(source.isDraining())
            .setClockNanos(ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now()));
    DirectoryReport.addTo(reply, store.directories());
    UfsReport.addTo(reply, watch.healths());
    return reply.build();
  }

  /** What people should know of its start, a sentence each. */
  public List<String> warnings() {
    return watch.healths().stream()
        .map(health -> health.verdict().problem())
        .filter(problem -> !problem.isEmpty())
        .map(
            problem ->
                problem + "; the worker serves what it has stored, and the UFS when it is back")
        .toList();
  }

  /** How often changed files of railfs.security could not be used. */
  long trustFailures() {
    return access.trust().failures();
  }

  /** How many requests were answered with each error. */
  Map<ErrorCode, Long> errors() {
    return state.errors();
  }

  /** Ends the services, the threads and the store, each with a bounded wait. */
  @Override
  public void close() {
    parts.close();
    log.info("worker {} has stopped", id);
  }
}
