// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount;

import io.railfs.client.LostWorker;
import io.railfs.client.RailState;
import io.railfs.client.RailStats;
import io.railfs.client.TransportKind;
import io.railfs.client.WorkerHealth;
import io.railfs.client.WorkerStats;
import io.railfs.mount.fs.ReadStats;
import io.railfs.telemetry.Buckets;
import io.railfs.telemetry.Durations;
import io.railfs.telemetry.MetricSink;
import io.railfs.telemetry.MetricSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * What a mount knows as metrics.
 *
 * @param stats gives its numbers
 */
record MountSource(Supplier<MountStats> stats) implements MetricSource {
  @Override
  public void collect(MetricSink sink) {
    MountStats now = stats.get();
    reads(sink, now.reads());
    sink.value(MountMetric.CACHE, now.cacheBytes());
    sink.value(MountMetric.CACHE_HELD, now.cacheHeld());
    sink.value(MountMetric.CACHE_LIMIT, now.cacheLimit());
    sink.value(MountMetric.PREFETCH_FETCHED, now.prefetch().fetchedBytes());
    sink.value(MountMetric.PREFETCH_READ, now.prefetch().readBytes());
    sink.value(MountMetric.PREFETCH_WASTED, now.prefetch().wastedBytes());
    now.operations()
        .forEach((operation, count) -> sink.value(MountMetric.OPERATIONS, count, name(operation)));
    sink.value(MountMetric.OPERATIONS, now.reads().reads(), "read");
    now.errors().forEach((kind, count) -> sink.value(MountMetric.ERRORS, count, name(kind)));
    sink.value(MountMetric.OPEN_HANDLES, (long) now.openHandles());
    sink.value(MountMetric.NAMES, now.names().count());
    sink.value(MountMetric.NAMES_MEMORY, now.names().bytes());
    sink.value(MountMetric.NAMES_MEMORY_LIMIT, now.names().limit());
    sink.value(MountMetric.NAMES_TAKEN_BACK, now.names().takenBack());
    sink.value(MountMetric.NAMES_RECLAIMED, now.names().reclaimed());
    sink.value(MountMetric.IN_FLIGHT, now.cluster().bytesInFlight());
    sink.value(MountMetric.FETCHES_WAITING, (long) now.cluster().fetchesWaiting());
    sink.value(MountMetric.HEDGES, now.cluster().hedgesWon(), "won");
    long lost = now.cluster().hedges() - now.cluster().hedgesWon();
    sink.value(MountMetric.HEDGES, Math.max(0, lost), "other");
    sink.value(MountMetric.MEMBERSHIP_AGE, now.cluster().membership().ageNanos() / 1e9);
    sink.value(MountMetric.PLACEMENTS, (long) now.cluster().membership().placements());
    now.cluster().membership().lost().forEach(worker -> lost(sink, worker));
    now.cluster().workers().forEach(worker -> worker(sink, worker));
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static void reads(MetricSink sink, ReadStats reads) {
    sink.value(MountMetric.READ, reads.bytes());
    sink.value(MountMetric.CACHE_READS, reads.hits(), "hit");
    sink.value(MountMetric.CACHE_READS, reads.misses(), "miss");
    sink.histogram(MountMetric.READ_DURATION, buckets(reads.hitTimes()), "cache");
    sink.histogram(MountMetric.READ_DURATION, buckets(reads.missTimes()), "worker");
    sink.histogram(MountMetric.READ_DURATION, buckets(reads.errorTimes()), "error");
  }

  /** The finer steps of {@link ReadStats} in buckets of doublings. */
  static Buckets buckets(List<Long> times) {
    List<Double> limits = Durations.limits();
    Long[] counts = new Long[limits.size() + 1];
    Arrays.fill(counts, 0L);
    double nanos = 0;
    for (int step = 0; step < times.size(); step++) {
      long limit = ReadStats.limitNanos(step);
      counts[Durations.bucket(limit)] += times.get(step);
      // A step is at most a quarter of its lower end wide; most reads are not far from its middle.
      nanos += limit * 0.9 * times.get(step);
    }
    return new Buckets(limits, Arrays.asList(counts), nanos / 1e9);
  }

  private static void lost(MetricSink sink, LostWorker worker) {
    double age = System.currentTimeMillis() / 1e3 - worker.seenSeconds();
    sink.value(MountMetric.WORKER_LOST, Math.max(0, age), worker.endpoint());
  }

  private static void worker(MetricSink sink, WorkerStats worker) {
    String name = worker.endpoint().toString();
    sink.value(MountMetric.WORKER_CONNECTED, worker.connected() ? 1L : 0L, name);
    WorkerHealth found = worker.facts().health();
    for (WorkerHealth health : WorkerHealth.values()) {
      sink.value(MountMetric.WORKER_HEALTH, health == found ? 1L : 0L, name, name(health));
    }
    boolean serving = worker.facts().isServing();
    sink.value(MountMetric.WORKER_SERVING, serving ? 1L : 0L, name);
    sink.value(MountMetric.FETCHES, worker.fetches(), name);
    sink.value(MountMetric.RETRIES, worker.retries(), name);
    sink.value(MountMetric.CHECKSUM_FAILURES, worker.checksumFailures(), name);
    sink.value(MountMetric.FALLBACKS, worker.fallbacks(), name);
    sink.value(MountMetric.TRANSPORT_FALLBACKS, worker.transportFallbacks(), name);
    for (RailStats rail : worker.rails()) {
      String here = rail.device();
      String there = rail.workerDevice();
      sink.value(MountMetric.RAIL, rail.bytesReceived(), name, here, there, "in");
      sink.value(MountMetric.RAIL, rail.bytesSent(), name, here, there, "out");
      sink.value(MountMetric.LOCAL, rail.bytesLocal(), name, here, there);
      sink.value(MountMetric.RDMA, rail.bytesRdma(), name, here, there);
      for (TransportKind kind : TransportKind.values()) {
        long does = kind == rail.transport() && rail.connections() > 0 ? 1 : 0;
        sink.value(MountMetric.TRANSPORT, does, name, here, there, kind.label());
      }
      sink.value(MountMetric.RAIL_CONNECTIONS, (long) rail.connections(), name, here, there);
      boolean down = rail.state() == RailState.DOWN;
      sink.value(MountMetric.RAIL_DOWN, down ? 1L : 0L, name, here, there);
    }
  }
}
