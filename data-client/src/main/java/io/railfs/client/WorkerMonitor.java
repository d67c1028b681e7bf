package io.railfs.client;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a client does each second: it asks some workers how they are, so that a change is known even
 * where nothing tells of it, and decides from when on a fetch counts as slow. Runs on one event
 * loop.
 */
final class WorkerMonitor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WorkerMonitor.class);

  private static final int PERIOD_SECONDS = 1;

  /** Seconds between two greetings of one worker, where they are few. */
  private static final int GREETING = 2;

  /** Where they are many, at most so many are greeted a second. */
  private static final int MAX_GREETINGS = 100;

  private static final int AGING = 10;

  /** How much slower than the others a worker may be before its own slowness is not believed. */
  private static final int SLOWER = 3;

  private final WorkerDiscovery roster;
  private final long afterNanos;
  private final ScheduledFuture<?> schedule;
  private int beats;

  WorkerMonitor(WorkerDiscovery roster, HedgeSettings hedge, EventLoop loop) {
    this.roster = requireNonNull(roster, "roster is null");
    afterNanos = hedge.after().toNanos();
    schedule =
        loop.scheduleWithFixedDelay(this::beat, PERIOD_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS);
  }

  private void beat() {
    try {
      beats++;
      roster.retire();
      List<RemoteWorker> workers = roster.workers();
      greet(workers);
      for (int kind = 0; kind < Latency.CLASSES; kind++) {
        judge(workers, kind);
      }
      if (beats % AGING == 0) {
        workers.forEach(worker -> worker.latency().age());
      }
    } catch (RuntimeException e) {
      log.error("looking at the workers failed, a defect in RailFS; the next look follows", e);
    }
  }

  private void greet(List<RemoteWorker> workers) {
    int seconds = GREETING + workers.size() / MAX_GREETINGS;
    for (int i = beats % seconds; i < workers.size(); i += seconds) {
      workers.get(i).greet();
    }
  }

  /**
   * A fetch is slow beyond its worker's own 99 of 100; but a worker that is slow throughout is
   * measured by the others.
   */
  private void judge(List<RemoteWorker> workers, int kind) {
    long[] all =
        workers.stream()
            .mapToLong(worker -> worker.latency().p99(kind))
            .filter(nanos -> nanos != Latency.NONE)
            .sorted()
            .toArray();
    if (all.length == 0) {
      return;
    }
    long most = all[(all.length - 1) / 2] * SLOWER;
    for (RemoteWorker worker : workers) {
      long own = worker.latency().p99(kind);
      worker.latency().setSlow(kind, Math.max(afterNanos, Math.min(own, most)));
    }
    log.trace("99 of 100 fetches of kind {} take {}", kind, Arrays.toString(all));
  }

  @Override
  public void close() {
    schedule.cancel(false);
  }
}
