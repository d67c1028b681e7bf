// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.cluster;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.railfs.client.HedgeSettings;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Each second asks some workers how they are, so that a change is known even where nothing reports
 * it, lets go of workers that have left, and has {@link HedgeThreshold} look at the latencies. Runs
 * on one event loop.
 */
public final class WorkerMonitor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WorkerMonitor.class);

  private static final int PERIOD_SECONDS = 1;

  /** Seconds between two HELLOs to one worker, where they are few. */
  private static final int HELLO_SECONDS = 2;

  /** Where they are many, at most so many get a HELLO a second. */
  private static final int MAX_HELLOS = 100;

  private static final int AGING_SECONDS = 10;

  private final WorkerDiscovery discovery;
  private final long hedgeNanos;
  private final ScheduledFuture<?> schedule;
  private int seconds;

  public WorkerMonitor(WorkerDiscovery discovery, HedgeSettings hedge, EventLoop loop) {
    this.discovery = requireNonNull(discovery, "discovery is null");
    hedgeNanos = hedge.after().toNanos();
    schedule =
        loop.scheduleWithFixedDelay(this::look, PERIOD_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS);
  }

  private void look() {
    try {
      seconds++;
      discovery.retire();
      List<RemoteWorker> workers = discovery.workers();
      sayHello(workers);
      HedgeThreshold.update(workers, hedgeNanos);
      if (seconds % AGING_SECONDS == 0) {
        workers.forEach(worker -> worker.latency().age());
      }
    } catch (RuntimeException e) {
      log.error("looking at the workers failed: internal error (bug); the next look follows", e);
    }
  }

  private void sayHello(List<RemoteWorker> workers) {
    int period = HELLO_SECONDS + workers.size() / MAX_HELLOS;
    for (int i = seconds % period; i < workers.size(); i += period) {
      workers.get(i).sayHello();
    }
  }

  @Override
  public void close() {
    schedule.cancel(false);
  }
}
