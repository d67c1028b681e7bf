// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.base.HumanReadable;
import io.railfs.client.ClientSettings;
import io.railfs.client.probe.PacketProbe;
import io.railfs.client.probe.PacketProbe.Direction;
import io.railfs.client.probe.PathFacts;
import io.railfs.client.probe.ProbeException;
import io.railfs.client.probe.ProbeTarget;
import io.railfs.client.probe.RailProbe;
import io.railfs.client.probe.Throughput;
import io.railfs.diagnosis.bench.RailDevice;
import io.railfs.fabric.DeviceAddress;
import io.railfs.fabric.Transport;
import io.railfs.fabric.facts.NetDevice;
import io.railfs.fabric.trust.Trust;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** One rail to one worker: reachable, packets of the right size, a baseline, and its counters. */
final class RailCheck {
  private static final Duration TIME = Duration.ofSeconds(1);

  private final Transport transport;
  private final MachineFacts machine;
  private final ClientSettings settings;
  private final Trust trust;
  private final Unreached unreached;

  /**
   * @param unreached reports why, where the worker's data service cannot be reached
   */
  RailCheck(
      Transport transport,
      Trust trust,
      MachineFacts machine,
      ClientSettings settings,
      Unreached unreached) {
    this.transport = transport;
    this.trust = trust;
    this.machine = machine;
    this.settings = settings;
    this.unreached = unreached;
  }

  /**
   * Looks.
   *
   * @param way to the worker's data service
   * @return one finding where the worker cannot be reached, else several
   */
  List<Finding> look(String group, ProbeTarget way) throws InterruptedException {
    List<Finding> findings = new ArrayList<>();
    try (RailProbe probe =
        RailProbe.open(
            transport, trust, way, settings.dataConnections(), settings.connectTimeout())) {
      String carrier = carrier(way, probe.first().localAddress());
      findings.add(reached(group, way, probe, carrier));
      findings.addAll(sizes(group, way, probe, carrier));
    } catch (ProbeException e) {
      findings.add(
          findings.isEmpty()
              ? unreached.data(group, way, e)
              : Finding.problem(
                  group,
                  "baseline",
                  unreached.where(way) + ": " + e.getMessage(),
                  "look with 'ss -tin' on both sides whether packets are sent again, and into the"
                      + " worker's log"));
    }
    return findings;
  }

  private static String carrier(ProbeTarget way, InetAddress local) {
    return way.device().isEmpty() ? RailDevice.of(local).orElse("") : way.device();
  }

  private Finding reached(String group, ProbeTarget way, RailProbe probe, String carrier)
      throws ProbeException, InterruptedException {
    long nanos = probe.first().roundTripNanos();
    return Finding.ok(
            group,
            "reach",
            "%s from %s%s, round trip %s"
                .formatted(
                    unreached.where(way),
                    DeviceAddress.text(probe.first().localAddress()),
                    carrier.isEmpty() ? "" : " on " + carrier,
                    HumanReadable.millis(nanos)))
        .with(Map.of("round_trip_nanos", nanos));
  }

  /** The transfer, and where packets are lost for their size that instead. */
  private List<Finding> sizes(String group, ProbeTarget way, RailProbe probe, String carrier)
      throws ProbeException, InterruptedException {
    OptionalInt size =
        probe.path().stream()
            .flatMapToInt(
                facts ->
                    PathMtu.ofBothEnds(facts, machine.device(carrier), PathMtu.overhead(way))
                        .stream())
            .findFirst();
    PacketProbe packets = new PacketProbe(transport, trust, way);
    Set<Direction> lost = EnumSet.noneOf(Direction.class);
    if (size.isPresent() && !packets.passes(Direction.TO_WORKER, size.getAsInt())) {
      lost.add(Direction.TO_WORKER);
    }
    List<Finding> findings = new ArrayList<>();
    ProbeException failure = null;
    try {
      findings.addAll(transfer(group, way, probe, carrier, lost.isEmpty()));
    } catch (ProbeException e) {
      failure = e;
      lost.add(Direction.FROM_WORKER);
    }
    if (!lost.isEmpty() && size.isPresent()) {
      Optional<Finding> finding = lost(group, packets, lost, size.getAsInt(), carrier, way);
      if (finding.isPresent()) {
        findings.add(0, finding.get());
        failure = null;
      }
    }
    if (failure != null) {
      throw failure;
    }
    return findings;
  }

  private static Optional<Finding> lost(
      String group,
      PacketProbe packets,
      Set<Direction> ways,
      int size,
      String carrier,
      ProbeTarget way)
      throws InterruptedException {
    int passing = size;
    for (Direction direction : ways) {
      OptionalInt largest = packets.largestBelow(direction, size);
      // Once more, for what was lost may have been the time and not the packet.
      if (largest.isEmpty() || packets.passes(direction, size)) {
        return Optional.empty();
      }
      passing = Math.min(passing, largest.getAsInt());
    }
    return Optional.of(PathMtu.lost(group, ways, size, passing, carrier, way));
  }

  private List<Finding> transfer(
      String group, ProbeTarget way, RailProbe probe, String carrier, boolean compareSizes)
      throws ProbeException, InterruptedException {
    TrafficProof proof = TrafficProof.start(machine);
    ErrorGrowth errors = ErrorGrowth.start(machine, carrier);
    Throughput done = probe.transfer(TIME, bytes -> {});
    List<Finding> findings = new ArrayList<>();
    Optional<PathFacts> path = probe.path();
    if (compareSizes) {
      Optional<NetDevice> device = machine.device(carrier);
      path.map(facts -> PathMtu.compare(group, facts, device, PathMtu.overhead(way)))
          .ifPresent(findings::add);
    }
    findings.add(
        baseline(
            group, done, machine.device(carrier), path.map(PathFacts::retransmits).orElse(0L)));
    findings.add(proof.finish(group, List.of(carrier), done.totalBytes(), !way.device().isEmpty()));
    findings.add(errors.finish(group));
    return findings;
  }

  private Finding baseline(
      String group, Throughput done, Optional<NetDevice> device, long retransmits) {
    int connections = settings.dataConnections();
    Optional<Double> port = device.flatMap(machine::gigabits);
    return Baselines.judge(
        group,
        "%s memory to memory, %d %s, %d ms"
            .formatted(
                HumanReadable.rate(done.bytesPerSecond()),
                connections,
                connections == 1 ? "connection" : "connections",
                done.nanos() / 1_000_000),
        done.bytesPerSecond(),
        port,
        Map.of(
            "bytes_per_second",
            (long) done.bytesPerSecond(),
            "connections",
            connections,
            "retransmits",
            retransmits));
  }
}
