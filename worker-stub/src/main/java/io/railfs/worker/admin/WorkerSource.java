// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.admin;

import io.railfs.protocol.messages.DirectoryState;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.StoreDirectory;
import io.railfs.telemetry.MetricSink;
import io.railfs.telemetry.MetricSource;
import io.railfs.worker.listings.RememberedListings;
import io.railfs.worker.service.RailTraffic;
import io.railfs.worker.service.RdmaUse;
import io.railfs.worker.ufs.UfsHealth;
import io.railfs.worker.ufs.UfsHealth.Operation;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What a worker knows as metrics.
 *
 * @param view of the worker
 */
record WorkerSource(WorkerView view) implements MetricSource {
  @Override
  public void collect(MetricSink sink) {
    StatusReply status = view.status().get();
    counts(sink, status);
    for (RailTraffic rail : view.services().rails()) {
      sink.value(WorkerMetric.RAIL, rail.receivedBytes(), rail.service(), rail.device(), "in");
      sink.value(WorkerMetric.RAIL, rail.sentBytes(), rail.service(), rail.device(), "out");
    }
    for (RdmaUse port : view.rdma().use()) {
      sink.value(WorkerMetric.RDMA_CONNECTIONS, (long) port.connections(), port.device());
      sink.value(WorkerMetric.RDMA_BUFFERS, (long) port.buffers(), port.device());
    }
    view.services()
        .errors()
        .forEach(
            (code, count) ->
                sink.value(WorkerMetric.ERRORS, count, code.name().toLowerCase(Locale.ROOT)));
    view.services()
        .closeReasons()
        .forEach((why, count) -> sink.value(WorkerMetric.DISMISSED, count, why.tag()));
    sink.value(WorkerMetric.ACCEPT_FAILURES, view.services().acceptFailures());
    sink.histogram(WorkerMetric.BLOCK_DURATION, view.source().openDurations().buckets(), "store");
    sink.histogram(WorkerMetric.BLOCK_DURATION, view.source().loadDurations().buckets(), "ufs");
    listings(sink, view.listings().counts());
    status.getDirectoriesList().forEach(directory -> directory(sink, directory));
    view.ufs().forEach(health -> ufs(sink, health));
  }

  private static void counts(MetricSink sink, StatusReply status) {
    sink.value(WorkerMetric.CONNECTIONS, (long) status.getConnections());
    sink.value(WorkerMetric.STORE_READS, status.getHits(), "hit");
    sink.value(WorkerMetric.STORE_READS, status.getMisses(), "miss");
    sink.value(WorkerMetric.LOADS, status.getLoads());
    sink.value(WorkerMetric.LOADED, status.getLoadedBytes());
    sink.value(WorkerMetric.LOAD_FAILURES, status.getLoadFailures());
    sink.value(WorkerMetric.BULK_LOADS, (long) status.getBulkLoads());
    sink.value(WorkerMetric.EVICTIONS, status.getEvictions());
    sink.value(WorkerMetric.FREED, status.getFreed());
    sink.value(WorkerMetric.QUARANTINED, status.getQuarantined());
    sink.value(WorkerMetric.UNSTORED, status.getUnstored());
    sink.value(WorkerMetric.DRAINING, status.getDraining() ? 1L : 0L);
  }

  private static void listings(MetricSink sink, RememberedListings.Counts counts) {
    sink.value(WorkerMetric.LISTINGS, (long) counts.remembered());
    sink.value(WorkerMetric.LISTING_BYTES, counts.bytes());
    sink.value(WorkerMetric.LISTING_REQUESTS, counts.hits(), "remembered");
    sink.value(WorkerMetric.LISTING_REQUESTS, counts.joined(), "joined");
    sink.value(WorkerMetric.LISTING_REQUESTS, counts.read(), "ufs");
    sink.value(WorkerMetric.LISTINGS_DROPPED, counts.noRoom(), "memory");
    sink.value(WorkerMetric.LISTINGS_DROPPED, counts.changed(), "changed");
  }

  private static void ufs(MetricSink sink, UfsHealth health) {
    String at = health.at().toString();
    sink.value(WorkerMetric.UFS_UP, health.verdict().up() ? 1L : 0L, at, health.uri());
    for (Operation operation : Operation.values()) {
      sink.value(WorkerMetric.UFS_REQUESTS, health.requests(operation), at, operation.tag());
      sink.histogram(
          WorkerMetric.UFS_DURATION, health.durations(operation).buckets(), at, operation.tag());
    }
    health.errors().forEach((kind, n) -> sink.value(WorkerMetric.UFS_ERRORS, n, at, kind.tag()));
    sink.value(WorkerMetric.UFS_READ, health.readBytes(), at);
    sink.value(WorkerMetric.UFS_THROTTLED, health.throttledAnswers(), at);
  }

  private void directory(MetricSink sink, StoreDirectory directory) {
    String path = directory.getPath();
    sink.value(WorkerMetric.DIRECTORY_CAPACITY, directory.getCapacityBytes(), path);
    sink.value(WorkerMetric.DIRECTORY_USED, directory.getUsedBytes(), path);
    sink.value(WorkerMetric.DIRECTORY_PINNED, directory.getPinnedBytes(), path);
    sink.value(WorkerMetric.DIRECTORY_BLOCKS, directory.getBlocks(), path);
    sink.value(WorkerMetric.DIRECTORY_HEALTHY, isHealthy(directory) ? 1L : 0L, path);
    sink.value(WorkerMetric.DIRECTORY_FAILURES, directory.getReadFailures(), path, "read");
    sink.value(WorkerMetric.DIRECTORY_FAILURES, directory.getWriteFailures(), path, "write");
    DiskTimes.of(view.root(), Path.of(path))
        .ifPresent(
            disk -> {
              sink.value(WorkerMetric.DISK_OPERATIONS, disk.reads(), path, "read");
              sink.value(WorkerMetric.DISK_OPERATIONS, disk.writes(), path, "write");
              sink.value(WorkerMetric.DISK_TIME, disk.readMillis() / 1e3, path, "read");
              sink.value(WorkerMetric.DISK_TIME, disk.writeMillis() / 1e3, path, "write");
            });
  }

  static boolean isHealthy(StoreDirectory directory) {
    return directory.getState() != DirectoryState.NO_WRITES
        && directory.getState() != DirectoryState.AWAY;
  }
}
