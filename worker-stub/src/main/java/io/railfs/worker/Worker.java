package io.railfs.worker;

import static java.util.Objects.requireNonNull;

import io.railfs.fabric.Devices;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Transport;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.StoreDirectory;
import io.railfs.worker.namespace.Namespace;
import io.railfs.worker.service.ServiceException;
import io.railfs.worker.service.ServiceServer;
import io.railfs.worker.service.ServiceState;
import io.railfs.worker.service.Services;
import io.railfs.worker.store.BlockSource;
import io.railfs.worker.store.BlockStore;
import io.railfs.worker.store.StoreCounters;
import io.railfs.worker.store.StoreException;
import io.railfs.worker.tasks.TaskPool;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.net.InetAddress;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running cache worker. Owns its threads, sockets and files until {@link #close}. Thread-safe.
 *
 * <p>Parts, in the order in which they start; they are closed in the reverse one: the UFS, the
 * block store, the threads that open and load blocks, those for names, the network, the data
 * service, the rpc service.
 */
public final class Worker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private static final int METADATA_QUEUE = 4_096;

  /** Trailer and footer of a block's file, rounded up. */
  private static final int FILE_OVERHEAD = 64 << 10;

  private final WorkerSettings settings;
  private final Closing closing;
  private final ServiceState state;
  private final BlockStore store;
  private final String id;
  private final ServiceServer data;
  private final ServiceServer rpc;
  private final long startedAt = System.nanoTime();

  private Worker(WorkerSettings settings, Closing closing)
      throws UfsException, StoreException, ServiceException, FabricException, WorkerStartException {
    this.settings = settings;
    this.closing = closing;
    this.state = new ServiceState(settings.limits());
    Ufs ufs = closing.later(Namespace.open(settings.mounts(), settings.limits().requestTimeout()));
    long headroom = (long) settings.loaders() * (settings.blockSize() + FILE_OVERHEAD);
    this.store = closing.later(BlockStore.open(settings.store(), headroom));
    this.id =
        settings.id().isEmpty()
            ? WorkerIdentity.in(settings.store().directories().get(0))
            : settings.id();
    BlockSource source =
        closing.later(
            new BlockSource(
                store,
                ufs,
                settings.blockSize(),
                settings.store().threads(),
                settings.loaders(),
                settings.limits().requestTimeout()));
    TaskPool metadata =
        closing.later(new TaskPool("railfs-meta", settings.metadataThreads(), METADATA_QUEUE));
    Transport transport = closing.later(Transport.create("railfs-net", settings.threads()));
    requireDevices(settings);
    this.data =
        closing.later(
            Services.data(transport, settings.data(), state, source, settings.blockSize()));
    this.rpc =
        closing.later(Services.rpc(transport, settings.rpc(), state, ufs, metadata, this::status));
    state.setHello(this::hello);
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

  /**
   * Starts a worker, which serves when this returns.
   *
   * @throws WorkerStartException with one sentence where it cannot; nothing is left running then
   */
  public static Worker start(WorkerSettings settings) throws WorkerStartException {
    requireNonNull(settings, "settings is null");
    Closing closing = new Closing();
    boolean started = false;
    try {
      Worker worker = new Worker(settings, closing);
      started = true;
      log.info(
          "worker {} serves {} on rpc port {} and data port {}; {} blocks in the store",
          worker.id,
          settings.ufs(),
          worker.rpcPort(),
          worker.dataPort(),
          worker.status().getBlocks());
      return worker;
    } catch (UfsException | StoreException | ServiceException | FabricException e) {
      throw new WorkerStartException(e.getMessage(), e);
    } finally {
      if (!started) {
        closing.close();
      }
    }
  }

  private HelloReply hello(InetAddress client) {
    HelloReply.Builder reply =
        HelloReply.newBuilder()
            .setSoftwareVersion(Release.VERSION)
            .setWorkerId(id)
            .setBlockSize(settings.blockSize())
            .addAllDataEndpoints(data.endpoints(client));
    if (!settings.rpc().devices().isEmpty()) {
      reply.addAllRpcEndpoints(rpc.endpoints(client));
    }
    return reply.build();
  }

  /** The port of the rpc service. */
  public int rpcPort() {
    return rpc.port();
  }

  /** The port of the data service. */
  public int dataPort() {
    return data.port();
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
            .setSentBytes(state.sentBytes())
            .setConnections(state.connections())
            .setClockNanos(ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now()));
    long capacity = 0;
    long used = 0;
    long blocks = 0;
    for (BlockStore.DirectoryStatus directory : store.directories()) {
      capacity += directory.capacityBytes();
      used += directory.usedBytes();
      blocks += directory.blocks();
      reply.addDirectories(
          StoreDirectory.newBuilder()
              .setPath(directory.path())
              .setCapacityBytes(directory.capacityBytes())
              .setUsedBytes(directory.usedBytes())
              .setBlocks(directory.blocks()));
    }
    return reply.setCapacityBytes(capacity).setUsedBytes(used).setBlocks(blocks).build();
  }

  /** Ends the services, the threads and the store, each with a bounded wait. */
  @Override
  public void close() {
    closing.close();
    log.info("worker {} has stopped", id);
  }
}
