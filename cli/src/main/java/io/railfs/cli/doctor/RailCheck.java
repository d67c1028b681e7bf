package io.railfs.cli.doctor;

import io.railfs.cli.bench.RailDevice;
import io.railfs.cli.bench.Rate;
import io.railfs.client.ClientSettings;
import io.railfs.client.probe.PathFacts;
import io.railfs.client.probe.ProbeException;
import io.railfs.client.probe.ProbeTarget;
import io.railfs.client.probe.RailProbe;
import io.railfs.client.probe.Throughput;
import io.railfs.fabric.Transport;
import io.railfs.fabric.facts.NetDevice;
import io.railfs.fabric.trust.Trust;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One rail to one worker: reachable, packets of the right size, a baseline, and its counters. */
final class RailCheck {
  private static final Duration TIME = Duration.ofSeconds(1);

  /** IP and TCP headers without options, and the timestamps that nearly all connections carry. */
  private static final int IPV4_HEADERS = 40;

  private static final int IPV6_HEADERS = 60;
  private static final int TIMESTAMPS = 12;

  private final Transport transport;
  private final Machine machine;
  private final ClientSettings settings;
  private final Trust trust;

  RailCheck(Transport transport, Trust trust, Machine machine, ClientSettings settings) {
    this.transport = transport;
    this.trust = trust;
    this.machine = machine;
    this.settings = settings;
  }

  /**
   * Looks.
   *
   * @param way to the worker's data service
   * @return one finding where the worker cannot be reached, else several
   */
  List<Finding> look(String group, ProbeTarget way) throws InterruptedException {
    InetSocketAddress target = way.address();
    String device = way.device();
    String where = target.getAddress().getHostAddress() + ":" + target.getPort();
    List<Finding> findings = new ArrayList<>();
    try (RailProbe probe =
        RailProbe.open(
            transport, trust, way, settings.dataConnections(), settings.connectTimeout())) {
      InetAddress local = probe.first().localAddress();
      String carrier = device.isEmpty() ? RailDevice.of(local).orElse("") : device;
      long nanos = probe.first().roundTripNanos();
      findings.add(
          Finding.ok(
                  group,
                  "reach",
                  "%s from %s%s, round trip %s"
                      .formatted(
                          where,
                          local.getHostAddress(),
                          carrier.isEmpty() ? "" : " on " + carrier,
                          Rate.millis(nanos)))
              .with(Map.of("round_trip_nanos", nanos)));
      findings.addAll(transfer(group, probe, carrier, device, local));
    } catch (ProbeException e) {
      findings.add(failed(group, where, device, findings.isEmpty(), e));
    }
    return findings;
  }

  private static Finding failed(
      String group, String where, String device, boolean unreached, ProbeException cause) {
    return Finding.problem(
        group,
        unreached ? "reach" : "baseline",
        where + ": " + cause.getMessage(),
        device.isEmpty()
            ? "check that the worker runs, its data port is open, and 'ip route get' finds a way"
            : "check that the worker has an address in the subnet of "
                + device
                + ", is bound to that rail, and that 'ping -I "
                + device
                + "' reaches it");
  }

  private List<Finding> transfer(
      String group, RailProbe probe, String carrier, String device, InetAddress local)
      throws ProbeException, InterruptedException {
    TrafficProof proof = TrafficProof.start(machine);
    Throughput done = probe.transfer(TIME, bytes -> {});
    List<Finding> findings = new ArrayList<>();
    Optional<PathFacts> path = probe.path();
    path.ifPresent(
        facts -> findings.add(pathMtu(group, facts, machine.device(carrier), overhead(local))));
    int connections = settings.dataConnections();
    findings.add(
        Finding.ok(
                group,
                "baseline",
                "%s memory to memory, %d %s, %d ms"
                    .formatted(
                        Rate.text(done.bytesPerSecond()),
                        connections,
                        connections == 1 ? "connection" : "connections",
                        done.nanos() / 1_000_000))
            .with(
                Map.of(
                    "bytes_per_second",
                    (long) done.bytesPerSecond(),
                    "connections",
                    connections,
                    "retransmits",
                    path.map(PathFacts::retransmits).orElse(0L))));
    findings.add(proof.finish(group, List.of(carrier), done.totalBytes(), !device.isEmpty()));
    return findings;
  }

  private static int overhead(InetAddress local) {
    return (local instanceof Inet6Address ? IPV6_HEADERS : IPV4_HEADERS) + TIMESTAMPS;
  }

  /**
   * Compares the route's MTU and the packets that really came with the interface's own MTU.
   *
   * @param overhead bytes of headers in a packet of data
   */
  static Finding pathMtu(String group, PathFacts facts, Optional<NetDevice> device, int overhead) {
    int arriving = facts.receivedSegment() + overhead;
    String seen = "%d (TCP_INFO); packets of %d arrive".formatted(facts.pathMtu(), arriving);
    Map<String, Object> numbers =
        Map.of("path_mtu_bytes", facts.pathMtu(), "arriving_packet_bytes", arriving);
    if (device.isEmpty() || device.get().isLoopback()) {
      return Finding.ok(group, "path-mtu", seen).with(numbers);
    }
    int own = device.get().mtu();
    String name = device.get().name();
    if (facts.pathMtu() < own) {
      return Finding.warning(
              group,
              "path-mtu",
              seen + "; " + name + " has " + own,
              "a router or the peer on the way allows less: give all of them the same MTU")
          .with(numbers);
    }
    if (arriving < own - TIMESTAMPS) {
      return Finding.warning(
              group,
              "path-mtu",
              seen + "; " + name + " has " + own + ", so the peer's is smaller",
              "give the worker's interface the same mode and MTU as " + name)
          .with(numbers);
    }
    return Finding.ok(group, "path-mtu", seen + "; as " + name + " has").with(numbers);
  }
}
