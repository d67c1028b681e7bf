// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.base.HumanReadable;
import io.railfs.client.ClientSettings;
import io.railfs.client.Cluster;
import io.railfs.client.ClusterException;
import io.railfs.client.RailStats;
import io.railfs.client.TransportKind;
import io.railfs.client.TransportSettings;
import io.railfs.client.connect.ClusterClient;
import io.railfs.diagnosis.bench.ClientFile;
import io.railfs.diagnosis.bench.DatasetFile;
import io.railfs.diagnosis.bench.ReadWorkload;
import io.railfs.diagnosis.bench.WorkloadPlan;
import io.railfs.diagnosis.bench.WorkloadResult;
import io.railfs.fabric.facts.Traffic;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A short read of a file of the dataset, by a client as a mount has it, and where its bytes came.
 */
final class ReadCheck {
  private static final int STREAMS = 4;
  private static final int BLOCK = 1 << 20;
  private static final long REGION = 64 << 20;
  private static final Duration TIME = Duration.ofSeconds(1);
  private static final Duration SEARCH = Duration.ofSeconds(10);

  private static final String TRANSPORT = "transport";

  private final MachineFacts machine;
  private final RequiredSetup wanted;

  ReadCheck(MachineFacts machine, RequiredSetup wanted) {
    this.machine = machine;
    this.wanted = wanted;
  }

  /**
   * Reads over TCP, with the proof that the bytes came by the devices; then by the transport that
   * the settings choose, which may be another one.
   *
   * @param settings with the one worker that is meant
   */
  List<Finding> look(String group, ClientSettings settings) throws InterruptedException {
    TransportSettings tcp = settings.transport().with(List.of(TransportKind.TCP));
    List<Finding> findings = new ArrayList<>(overTcp(group, settings.with(tcp)));
    if (findings.stream().allMatch(finding -> finding.level() != Level.PROBLEM)) {
      findings.addAll(transport(group, settings));
    }
    return findings;
  }

  private List<Finding> transport(String group, ClientSettings settings)
      throws InterruptedException {
    if (settings.transport().preferred().isEmpty()) {
      return List.of(
          Finding.ok(
              group, TRANSPORT, "tcp, as railfs.client.data.transport says; no other is tried"));
    }
    try (Cluster cluster = ClusterClient.connect(settings)) {
      String why = whyTcp(rails(cluster));
      if (!why.isEmpty()) {
        // Another read over TCP would show what 'read' has shown.
        return List.of(Finding.ok(group, TRANSPORT, "tcp: " + why));
      }
      Optional<DatasetFile> file = DatasetFile.find(cluster.metadata(), SEARCH);
      if (file.isEmpty()) {
        return List.of(Finding.skipped(group, TRANSPORT, "the dataset has no file to read"));
      }
      return transport(group, cluster, file.get(), settings.readDeadline());
    } catch (ClusterException | IOException e) {
      return List.of(
          Finding.problem(
              group,
              TRANSPORT,
              String.valueOf(e.getMessage()),
              "for local, run the mount on the worker's host as root, as its user or as one of"
                  + " railfs.worker.local.users; for rdma, see docs/INFINIBAND.md; or set"
                  + " railfs.client.data.transport = auto"));
    }
  }

  private List<Finding> transport(
      String group, Cluster cluster, DatasetFile dataset, Duration deadline)
      throws IOException, InterruptedException {
    try (ClientFile file = new ClientFile(cluster.pages(), dataset, deadline)) {
      WorkloadPlan plan =
          new WorkloadPlan(STREAMS, BLOCK, false, Math.min(REGION, file.size()), TIME);
      ReadWorkload.warmUp(file, plan, bytes -> {});
      LocalProof proof = LocalProof.start(machine, cluster);
      WorkloadResult result = ReadWorkload.run(file, plan, bytes -> {});
      List<RailStats> rails = rails(cluster);
      long local = rails.stream().mapToLong(RailStats::bytesLocal).sum();
      if (local > 0) {
        return List.of(
            proof.finish(group, result),
            Finding.ok(
                group, TRANSPORT, "local, as the worker is on this host; over TCP it is 'read'"));
      }
      long rdma = rails.stream().mapToLong(RailStats::bytesRdma).sum();
      if (rdma > 0) {
        return List.of(
            Finding.ok(
                    group,
                    TRANSPORT,
                    "rdma: %s, %s by messages over RDMA; over TCP it is 'read'"
                        .formatted(
                            HumanReadable.rate(result.bytesPerSecond()), HumanReadable.bytes(rdma)))
                .with(
                    Map.of(
                        "bytes_per_second", (long) result.bytesPerSecond(), "rdma_bytes", rdma)));
      }
      String why = whyTcp(rails);
      return List.of(
          Finding.ok(
              group,
              TRANSPORT,
              "tcp: " + (why.isEmpty() ? "no block of it was in the worker's store" : why)));
    }
  }

  private static List<RailStats> rails(Cluster cluster) {
    return cluster.stats().workers().get(0).rails();
  }

  /** The reason, where one is known and no rail has another transport. */
  private static String whyTcp(List<RailStats> rails) {
    return rails.stream().anyMatch(rail -> rail.transport() != TransportKind.TCP)
        ? ""
        : rails.stream()
            .map(RailStats::transportProblem)
            .filter(problem -> !problem.isEmpty())
            .findFirst()
            .orElse("");
  }

  private List<Finding> overTcp(String group, ClientSettings settings) throws InterruptedException {
    try (Cluster cluster = ClusterClient.connect(settings)) {
      Optional<DatasetFile> file = DatasetFile.find(cluster.metadata(), SEARCH);
      if (file.isEmpty()) {
        return List.of(
            Finding.warning(
                group,
                "read",
                "the dataset has no file to read",
                "check railfs.worker.ufs on the worker, and that its directory is mounted"));
      }
      return read(group, cluster, file.get(), settings.readDeadline());
    } catch (ClusterException | IOException e) {
      return List.of(
          Finding.problem(
              group,
              "read",
              String.valueOf(e.getMessage()),
              "the worker's log has the cause; 'railfs worker status' shows its store and UFS"));
    }
  }

  private List<Finding> read(String group, Cluster cluster, DatasetFile dataset, Duration deadline)
      throws IOException, InterruptedException {
    try (ClientFile file = new ClientFile(cluster.pages(), dataset, deadline)) {
      WorkloadPlan plan =
          new WorkloadPlan(STREAMS, BLOCK, false, Math.min(REGION, file.size()), TIME);
      ReadWorkload.warmUp(file, plan, bytes -> {});
      Map<String, Traffic> before = Traffic.all(machine.root());
      TrafficProof proof = TrafficProof.start(machine);
      WorkloadResult result = ReadWorkload.run(file, plan, bytes -> {});
      boolean named = !wanted.rails().isEmpty();
      List<String> carriers = named ? wanted.rails() : List.of(busiest(before));
      return List.of(
          Finding.ok(
                  group,
                  "read",
                  "%s of %s, %d streams, checksums right"
                      .formatted(
                          HumanReadable.rate(result.bytesPerSecond()), dataset.path(), STREAMS))
              .with(
                  Map.of(
                      "bytes_per_second",
                      (long) result.bytesPerSecond(),
                      "file",
                      dataset.path().toString())),
          proof.finish(group, carriers, result.bytes(), named));
    }
  }

  /** The interface that received most since; without a device in the conf it is the one. */
  private String busiest(Map<String, Traffic> before) {
    return Traffic.all(machine.root()).entrySet().stream()
        .max(
            Comparator.comparingLong(
                entry ->
                    entry
                        .getValue()
                        .since(before.getOrDefault(entry.getKey(), new Traffic(0, 0)))
                        .received()))
        .map(Map.Entry::getKey)
        .orElse("");
  }
}
