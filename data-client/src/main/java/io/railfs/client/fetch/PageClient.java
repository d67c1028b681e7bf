// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.fetch;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.ScheduledFuture;
import io.railfs.client.ClientSettings;
import io.railfs.client.FetchRequest;
import io.railfs.client.FetchSink;
import io.railfs.client.PageSource;
import io.railfs.client.cluster.PlacementTable;
import io.railfs.client.net.Connection;
import io.railfs.protocol.RailPath;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fetches chunks from the data services of the workers. */
public final class PageClient implements PageSource {
  private static final Logger log = LoggerFactory.getLogger(PageClient.class);

  /** Of the bytes in flight, what second attempts may have besides. */
  private static final int HEDGED_PART = 16;

  private final Fetch.Context context;
  private final FetchGate gate;
  private final EventLoop timer;
  private final long prefetchLimit;
  private final AtomicBoolean expiring = new AtomicBoolean();

  /**
   * What the fetches have come to.
   *
   * @param bytesInFlight of all fetches that have started and not ended
   * @param waiting fetches that wait for room among the bytes in flight
   * @param hedges second attempts
   * @param hedgesWon those that had all chunks before the slow ones
   */
  public record Stats(long bytesInFlight, int waiting, long hedges, long hedgesWon) {}

  /**
   * @param problems says why no worker can be used
   */
  public PageClient(
      PlacementTable table,
      Supplier<String> problems,
      EventLoopGroup loops,
      ClientSettings settings) {
    long inFlightLimit = settings.inFlightLimit();
    timer = loops.next();
    gate = new FetchGate(inFlightLimit);
    context =
        new Fetch.Context(
            requireNonNull(table, "table is null"),
            requireNonNull(problems, "problems is null"),
            settings.replicas(),
            new HedgeBudget(settings.hedge().share(), inFlightLimit / HEDGED_PART),
            gate,
            new RetryQueue(loops));
    // The last quarter is kept for fetches that a reader waits for.
    prefetchLimit = inFlightLimit - inFlightLimit / 4;
  }

  @Override
  public int blockSize() {
    return context.table().blockSize();
  }

  @Override
  public void fetch(FetchRequest request, FetchSink sink) {
    requireNonNull(sink, "sink is null");
    long block = request.offset() / blockSize();
    if ((request.offset() + request.length() - 1) / blockSize() != block) {
      throw new IllegalArgumentException(
          "a fetch of " + request.length() + " bytes at " + request.offset() + " crosses a block");
    }
    if (gate.enter(new Fetch(context, request, sink))) {
      scheduleExpiry();
    }
  }

  @Override
  public boolean hasRoomForPrefetch() {
    return gate.inFlight() < prefetchLimit && gate.waiting() == 0;
  }

  /** How many workers keep each block of a file. */
  public int replicas(RailPath path) {
    return context.replicas().of(path);
  }

  public Stats stats() {
    HedgeBudget hedges = context.hedges();
    return new Stats(gate.inFlight(), gate.waiting(), hedges.startedCount(), hedges.wonCount());
  }

  /** Fails what has not been sent; what has been fails with its connection. */
  public void close() {
    gate.close();
    context.retries().close();
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
              log.error("waiting fetches did not expire: internal error (bug)", future.cause());
            }
          });
    } catch (RejectedExecutionException e) {
      log.debug("no fetch expires any more, as the client is closing");
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
