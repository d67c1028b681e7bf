package io.railfs.client;

import static java.util.stream.Collectors.joining;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.railfs.client.ClusterException.Failure;
import io.railfs.fabric.Devices;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Transport;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection to its workers: the owner of every thread, channel and timer in this
 * package. Thread-safe.
 */
public final class Cluster implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Cluster.class);

  private final Transport transport;
  private final ExecutorService resolver;
  private final List<Worker> workers;
  private final Membership membership = new Membership();
  private final PageClient pages;
  private final MetadataClient metadata;
  private final StoreClient stores;
  private final RailWatch watch;

  private Cluster(ClientSettings settings) {
    transport = Transport.create("railfs-client", settings.threads());
    resolver = Executors.newCachedThreadPool(new DefaultThreadFactory("railfs-resolver", true));
    Wiring wiring = new Wiring(transport, resolver, settings);
    workers = settings.workers().stream().map(e -> new Worker(wiring, e, membership)).toList();
    pages = new PageClient(membership, this::reasons, transport.group(), settings.inFlightLimit());
    metadata = new MetadataClient(membership, this::reasons);
    stores = new StoreClient(membership, this::reasons);
    watch = new RailWatch(settings, workers, transport.group().next());
  }

  /**
   * Connects to the workers. It is enough that one answers; the others are tried until they do.
   *
   * @throws ClusterException with one sentence where no worker answers within the connect timeout,
   *     or a device that the settings name cannot be used
   */
  public static Cluster connect(ClientSettings settings) throws ClusterException {
    checkDevices(settings);
    Cluster cluster = new Cluster(settings);
    try {
      cluster.open(settings.connectTimeout().toNanos());
      return cluster;
    } catch (ClusterException | RuntimeException | Error e) {
      cluster.close();
      throw e;
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
      log.warn("{}; RailFS goes on, for railfs.fabric.fallback is true", e.getMessage());
    }
  }

  private void open(long timeoutNanos) throws ClusterException {
    workers.forEach(Worker::open);
    CompletableFuture<?>[] outcomes =
        workers.stream()
            .map(worker -> worker.usable().handle((ready, failure) -> null))
            .toArray(CompletableFuture<?>[]::new);
    try {
      CompletableFuture.allOf(outcomes).get(timeoutNanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      log.debug("not every worker has answered in time", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the outcome of a connect cannot fail", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException(Failure.UNREACHABLE, "connecting was interrupted", e);
    }
    if (workers.stream().noneMatch(worker -> worker.problem().isEmpty())) {
      throw new ClusterException(
          Failure.UNREACHABLE,
          "no worker can be reached: "
              + reasons()
              + "; start a worker there or correct railfs.workers");
    }
  }

  /** Each worker that cannot be used, and why. */
  private String reasons() {
    return workers.stream()
        .filter(worker -> !worker.problem().isEmpty())
        .map(worker -> "worker " + worker.endpoint() + " (" + worker.problem() + ")")
        .collect(joining(", "));
  }

  public PageSource pages() {
    return pages;
  }

  public MetadataSource metadata() {
    return metadata;
  }

  /** What the workers' stores hold. */
  public StoreClient stores() {
    return stores;
  }

  public ClusterStats stats() {
    return pages.stats(workers.stream().map(Worker::stats).toList());
  }

  /** Fails what is under way and releases every thread; waits for them a few seconds at most. */
  @Override
  public void close() {
    AttemptException cause =
        new AttemptException(AttemptException.Kind.CLOSED, "the client was closed");
    watch.close();
    metadata.close();
    stores.close();
    pages.close();
    workers.forEach(worker -> worker.close(cause));
    resolver.shutdownNow();
    transport.close();
  }
}
