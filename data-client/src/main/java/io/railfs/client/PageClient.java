package io.railfs.client;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.ScheduledFuture;
import io.railfs.protocol.RailPath;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fetches chunks from the data services of the workers. */
final class PageClient implements PageSource {
  private static final Logger log = LoggerFactory.getLogger(PageClient.class);

  /** Of the bytes in flight, what second attempts may have besides. */
  private static final int HEDGED_PART = 16;

  private final PlacementTable table;
  private final Unreachable unreachable;
  private final EventLoop timer;
  private final Replicas replicas;
  private final HedgeBudget hedges;
  private final long prefetchLimit;
  private final FetchGate gate;
  private final RetryQueue retries;
  private final AtomicBoolean expiring = new AtomicBoolean();

  /** Says why no worker can be used. */
  interface Unreachable {
    String reasons();
  }

  PageClient(
      PlacementTable table,
      Unreachable unreachable,
      EventLoopGroup loops,
      ClientSettings settings) {
    long inFlightLimit = settings.inFlightLimit();
    this.table = requireNonNull(table, "table is null");
    this.unreachable = requireNonNull(unreachable, "unreachable is null");
    replicas = settings.replicas();
    hedges = new HedgeBudget(settings.hedge().share(), inFlightLimit / HEDGED_PART);
    timer = loops.next();
    gate = new FetchGate(inFlightLimit);
    retries = new RetryQueue(loops);
    // The last quarter is kept for reads that somebody waits for.
    prefetchLimit = inFlightLimit - inFlightLimit / 4;
  }

  @Override
  public int blockSize() {
    return table.blockSize();
  }

  @Override
  public void fetch(FetchRequest request, FetchSink sink) {
    requireNonNull(sink, "sink is null");
    long block = request.offset() / blockSize();
    if ((request.offset() + request.length() - 1) / blockSize() != block) {
      throw new IllegalArgumentException(
          "a fetch of " + request.length() + " bytes at " + request.offset() + " crosses a block");
    }
    if (gate.enter(new Fetch(this, request, sink))) {
      scheduleExpiry();
    }
  }

  @Override
  public boolean hasRoomForPrefetch() {
    return gate.inFlight() < prefetchLimit && gate.waiting() == 0;
  }

  int replicas(RailPath path) {
    return replicas.of(path);
  }

  HedgeBudget hedges() {
    return hedges;
  }

  PlacementTable.Members members() {
    return table.members();
  }

  void release(Fetch fetch) {
    gate.release(fetch.bytes());
  }

  void retryLater(Fetch fetch, long delayNanos) {
    retries.add(fetch, delayNanos);
  }

  AttemptException noConnection() {
    return new AttemptException(
        AttemptException.Kind.NO_CONNECTION, "no worker is connected: " + unreachable.reasons());
  }

  ClusterStats stats(List<WorkerStats> workers, MembershipStats membershipStats) {
    return new ClusterStats(
        workers,
        gate.inFlight(),
        gate.waiting(),
        hedges.startedCount(),
        hedges.wonCount(),
        membershipStats);
  }

  /** Fails what has not been sent; what has been fails with its connection. */
  void close() {
    gate.close();
    retries.close();
  }

  private void scheduleExpiry() {
    if (!expiring.compareAndSet(false, true)) {
      return;
    }
    try {
      ScheduledFuture<?> expiry =
          timer.schedule(this::expire, Connection.SWEEP_MILLIS, TimeUnit.MILLISECONDS);
      expiry.addListener(
          future -> {
            if (future.cause() != null && !future.isCancelled()) {
              log.error("waiting fetches did not expire; a defect in RailFS", future.cause());
            }
          });
    } catch (RejectedExecutionException e) {
      log.debug("no fetch expires any more, for the client is closing");
    }
  }

  private void expire() {
    try {
      gate.expire(System.nanoTime());
    } finally {
      expiring.set(false);
      if (gate.waiting() > 0) {
        scheduleExpiry();
      }
    }
  }
}
