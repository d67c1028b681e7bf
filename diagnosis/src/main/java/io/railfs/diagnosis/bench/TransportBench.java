// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.bench;

import static java.util.Objects.requireNonNull;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import io.railfs.client.ClientSettings;
import io.railfs.client.Cluster;
import io.railfs.client.ClusterException;
import io.railfs.client.Endpoint;
import io.railfs.client.RailStats;
import io.railfs.client.TransportKind;
import io.railfs.client.connect.ClusterClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * What each transport brings from each worker: the same file of the dataset, hot, through a client
 * that may use this one transport and no other. For one thread.
 */
public final class TransportBench {
  /** The smallest fetch of a mount. */
  private static final int SMALL = 16 << 10;

  private static final int LARGE = 1 << 20;
  private static final int STREAMS = 4;
  private static final long REGION = 64 << 20;
  private static final Duration SEARCH = Duration.ofSeconds(10);

  private final Config config;
  private final Duration time;
  private final LongConsumer progress;

  /**
   * One transport from one worker.
   *
   * @param problem why it cannot be used, the rest of a sentence; empty where it was measured
   * @param small single fetches of 16 KiB at random offsets; empty where there is a problem
   * @param large streams of 1 MiB; empty where there is a problem
   */
  public record Result(
      Endpoint worker,
      TransportKind transport,
      String problem,
      Optional<WorkloadResult> small,
      Optional<WorkloadResult> large) {
    public Result {
      requireNonNull(worker, "worker is null");
      requireNonNull(transport, "transport is null");
      requireNonNull(problem, "problem is null");
    }
  }

  /**
   * @param config a mount's
   * @param time for each of the two measurements of each transport of each worker
   * @param progress takes the bytes of the present one so far
   */
  public TransportBench(Config config, Duration time, LongConsumer progress) {
    this.config = requireNonNull(config, "config is null");
    this.time = requireNonNull(time, "time is null");
    this.progress = requireNonNull(progress, "progress is null");
  }

  /**
   * Measures.
   *
   * @throws IOException where the workers are not known, or the dataset has no file to read
   */
  public List<Result> measure(List<TransportKind> transports)
      throws IOException, InterruptedException {
    List<Endpoint> workers;
    try {
      workers = ClusterClient.look(ClientSettings.of(config));
    } catch (ClusterException e) {
      throw new IOException(e.getMessage(), e);
    }
    List<Result> results = new ArrayList<>();
    for (Endpoint worker : workers) {
      for (TransportKind transport : transports) {
        results.add(measure(worker, transport));
      }
    }
    return results;
  }

  private Result measure(Endpoint worker, TransportKind transport)
      throws IOException, InterruptedException {
    ClientSettings settings =
        ClientSettings.of(
            config
                .withValue("railfs.membership.type", ConfigValueFactory.fromAnyRef("static"))
                .withValue("railfs.fabric.fallback", ConfigValueFactory.fromAnyRef(false))
                .withValue(
                    "railfs.workers", ConfigValueFactory.fromIterable(List.of(worker.toString()))));
    ClientSettings only = settings.with(settings.transport().with(List.of(transport)));
    try (Cluster cluster = ClusterClient.connect(only)) {
      DatasetFile dataset =
          DatasetFile.find(cluster.metadata(), SEARCH)
              .orElseThrow(() -> new IOException("the dataset has no file to read"));
      try (ClientFile file = new ClientFile(cluster.pages(), dataset, only.readDeadline())) {
        return measure(worker, transport, cluster, file);
      }
    } catch (ClusterException e) {
      return failed(worker, transport, String.valueOf(e.getMessage()));
    }
  }

  private Result measure(Endpoint worker, TransportKind transport, Cluster cluster, ClientFile file)
      throws IOException, InterruptedException {
    long region = Math.min(REGION, file.size());
    WorkloadPlan streams = new WorkloadPlan(STREAMS, LARGE, false, region, time);
    ReadWorkload.warmUp(file, streams, progress);
    WorkloadResult small =
        ReadWorkload.run(file, new WorkloadPlan(1, SMALL, true, region, time), progress);
    long before = bytes(cluster, transport);
    WorkloadResult large = ReadWorkload.run(file, streams, progress);
    // What a worker does not keep comes over TCP, whatever the settings allow.
    boolean other =
        transport != TransportKind.TCP && bytes(cluster, transport) - before < large.bytes() / 2;
    return other
        ? failed(worker, transport, "the worker's store does not keep the file that is read")
        : new Result(worker, transport, "", Optional.of(small), Optional.of(large));
  }

  /** What has come otherwise than over TCP. */
  private static long bytes(Cluster cluster, TransportKind transport) {
    return cluster.stats().workers().stream()
        .flatMap(worker -> worker.rails().stream())
        .mapToLong(transport == TransportKind.RDMA ? RailStats::bytesRdma : RailStats::bytesLocal)
        .sum();
  }

  private static Result failed(Endpoint worker, TransportKind transport, String problem) {
    return new Result(worker, transport, problem, Optional.empty(), Optional.empty());
  }
}
