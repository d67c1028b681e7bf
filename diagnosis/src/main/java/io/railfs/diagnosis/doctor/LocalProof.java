// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static java.util.stream.Collectors.joining;

import io.railfs.base.HumanReadable;
import io.railfs.client.Cluster;
import io.railfs.client.RailStats;
import io.railfs.diagnosis.bench.WorkloadResult;
import io.railfs.fabric.facts.Traffic;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where bytes came from that the transport local has brought: the client's own counters, and the
 * kernel's of every interface, which must not have seen them.
 */
final class LocalProof {
  /** Of the payload: requests, and what else a machine does meanwhile. */
  private static final double NOTABLE = 0.1;

  private final MachineFacts machine;
  private final Cluster cluster;
  private final Map<String, Traffic> interfaces;
  private final long local;

  private LocalProof(MachineFacts machine, Cluster cluster) {
    this.machine = machine;
    this.cluster = cluster;
    this.interfaces = Traffic.all(machine.root());
    this.local = local(cluster);
  }

  /** Reads the counters before the reads. */
  static LocalProof start(MachineFacts machine, Cluster cluster) {
    return new LocalProof(machine, cluster);
  }

  private static long local(Cluster cluster) {
    return cluster.stats().workers().stream()
        .flatMap(worker -> worker.rails().stream())
        .mapToLong(RailStats::bytesLocal)
        .sum();
  }

  /** Reads them again. */
  Finding finish(String group, WorkloadResult result) {
    Map<String, Long> received = new LinkedHashMap<>();
    Traffic.all(machine.root())
        .forEach(
            (name, now) -> {
              long more = now.since(interfaces.getOrDefault(name, new Traffic(0, 0))).received();
              if (more > 0) {
                received.put(name, more);
              }
            });
    return judge(group, result, local(cluster) - local, received);
  }

  /**
   * Judges.
   *
   * @param local bytes that were read from files of the worker
   * @param received bytes on each interface meanwhile
   */
  static Finding judge(
      String group, WorkloadResult result, long local, Map<String, Long> received) {
    Optional<Map.Entry<String, Long>> most =
        received.entrySet().stream().max(Map.Entry.comparingByValue());
    String elsewhere =
        received.isEmpty()
            ? "nothing on any interface"
            : received.entrySet().stream()
                .map(entry -> entry.getKey() + " " + HumanReadable.bytes(entry.getValue()))
                .collect(joining(", ", "meanwhile ", ""));
    String seen =
        "%s, %s of %s from the worker's files, half of the reads within %s; %s"
            .formatted(
                HumanReadable.rate(result.bytesPerSecond()),
                HumanReadable.bytes(local),
                HumanReadable.bytes(result.bytes()),
                HumanReadable.millis(result.medianNanos()),
                elsewhere);
    Map<String, Object> numbers =
        Map.of(
            "bytes_per_second",
            (long) result.bytesPerSecond(),
            "payload_bytes",
            result.bytes(),
            "local_bytes",
            local,
            "p50_nanos",
            result.medianNanos(),
            "p99_nanos",
            result.p99Nanos(),
            "received_bytes",
            received);
    boolean whole = local >= result.bytes() * (1 - NOTABLE);
    boolean quiet = most.isEmpty() || most.get().getValue() < result.bytes() * NOTABLE;
    return Finding.of(
            whole && quiet ? Level.OK : Level.WARNING,
            group,
            CheckId.LOCAL_READ.text(),
            seen,
            whole
                ? "something else moves bytes at the same time; repeat it on a quiet machine to be sure"
                : "blocks that the worker does not keep come over TCP: 'railfs load' the dataset, and"
                    + " see that its store has room")
        .with(numbers);
  }
}
