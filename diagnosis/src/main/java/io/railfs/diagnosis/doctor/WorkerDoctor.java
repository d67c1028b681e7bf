// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static java.util.stream.Collectors.joining;

import com.google.protobuf.ByteString;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import io.railfs.base.HumanReadable;
import io.railfs.client.ClientSettings;
import io.railfs.client.Endpoint;
import io.railfs.client.probe.DataRoutes;
import io.railfs.client.probe.ProbeConnection;
import io.railfs.client.probe.ProbeException;
import io.railfs.client.probe.ProbeTarget;
import io.railfs.diagnosis.doctor.CheckId.Scope;
import io.railfs.fabric.Devices;
import io.railfs.fabric.Transport;
import io.railfs.fabric.trust.Trust;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.StatusRequest;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Everything about one worker: its names service, its clock, each rail to it, and a read. */
final class WorkerDoctor {
  private static final long CLOCK_TOLERANCE_NANOS = 1_000_000_000L;

  private final Transport transport;
  private final Trust trust;
  private final MachineFacts machine;
  private final RequiredSetup wanted;
  private final Config config;
  private final ClientSettings settings;
  private final Selection selection;
  private final Unreached unreached;

  /**
   * @param config a mount's, resolved and of allowed values
   * @param selection the checks that are wanted; what only others need is left out
   */
  WorkerDoctor(
      Transport transport,
      Trust trust,
      MachineFacts machine,
      RequiredSetup wanted,
      Config config,
      Selection selection) {
    this.transport = transport;
    this.trust = trust;
    this.machine = machine;
    this.wanted = wanted;
    this.config = config;
    this.selection = selection;
    this.settings = ClientSettings.of(config);
    this.unreached =
        new Unreached(
            new Unreached.Probe(transport, trust, settings.connectTimeout()),
            machine,
            new SubnetCheck(),
            wanted);
  }

  List<Finding> look(Endpoint worker) throws InterruptedException {
    String group = "worker " + worker;
    List<Finding> findings = new ArrayList<>();
    List<DataRoutes.DataRoute> ways;
    int rpcPort;
    Optional<String> device = rpcDevice();
    if (device.isEmpty()) {
      return List.of(Finding.skipped(group, "rpc", trouble(wanted.rpcDevices().get(0))));
    }
    List<ProbeTarget> targets = List.of();
    try {
      targets = ProbeTarget.all(worker, device.get());
    } catch (ProbeException e) {
      return List.of(unreached.rpc(group, targets, e));
    }
    try (ProbeConnection connection =
        ProbeConnection.openAny(transport, trust, targets, settings.connectTimeout())) {
      rpcPort = connection.remoteAddress().getPort();
      ways = DataRoutes.of(connection.hello(), connection.remoteAddress(), wanted.rails());
      findings.add(reached(group, connection));
      findings.add(clock(group, connection));
    } catch (ProbeException e) {
      return List.of(unreached.rpc(group, targets, e));
    }
    boolean carries = true;
    if (!selection.needs(Scope.RAIL) && !selection.needs(Scope.READ)) {
      return findings;
    }
    for (DataRoutes.DataRoute way : ways) {
      List<Finding> rail = rail(worker, way, rpcPort);
      carries &=
          rail.stream()
              .map(Finding::level)
              .noneMatch(Set.of(Level.PROBLEM, Level.SKIPPED)::contains);
      findings.addAll(rail);
    }
    // What is wrong with a rail is reported; a read over it would only report that something is.
    if (carries && selection.needs(Scope.READ)) {
      findings.addAll(read(worker));
    }
    return findings;
  }

  /** The first one that can be used; empty where none can. */
  private Optional<String> rpcDevice() {
    return wanted.rpcDevices().isEmpty()
        ? Optional.of("")
        : wanted.rpcDevices().stream().filter(name -> trouble(name).isEmpty()).findFirst();
  }

  /** What the device's own checks report with a cure; empty where it can be used. */
  private static String trouble(String device) {
    String problem = device.isEmpty() ? "" : Devices.problem(device);
    return problem.isEmpty() ? "" : device + " " + problem;
  }

  private static Finding reached(String group, ProbeConnection connection)
      throws ProbeException, InterruptedException {
    HelloReply hello = connection.hello();
    long nanos = connection.roundTripNanos();
    return Finding.ok(
            group,
            "rpc",
            "%s, release %s, answers in %s%s"
                .formatted(
                    hello.getWorkerId(),
                    hello.getSoftwareVersion(),
                    HumanReadable.millis(nanos),
                    readable(hello)))
        .with(Map.of("round_trip_nanos", nanos));
  }

  private static String readable(HelloReply hello) {
    return hello.getPathsCount() == 0
        ? ""
        : ", lets this client read "
            + hello.getPathsList().stream().map(ByteString::toStringUtf8).collect(joining(", "))
            + " only";
  }

  private static Finding clock(String group, ProbeConnection connection)
      throws ProbeException, InterruptedException {
    long before = nowNanos();
    StatusReply status =
        connection.call(Opcode.STATUS, StatusRequest.getDefaultInstance(), StatusReply.parser());
    long after = nowNanos();
    if (status.getClockNanos() == 0) {
      return Finding.ok(group, "clock", "the worker's release does not report its clock");
    }
    return clock(group, status.getClockNanos() - (before + after) / 2, (after - before) / 2);
  }

  /**
   * @param ahead how far the worker's clock is ahead, in nanoseconds
   * @param uncertain by half of the round trip
   */
  static Finding clock(String group, long ahead, long uncertain) {
    return Finding.of(
            Math.abs(ahead) <= CLOCK_TOLERANCE_NANOS ? Level.OK : Level.WARNING,
            group,
            "clock",
            "%s %s ours, known to %s"
                .formatted(
                    HumanReadable.millis(Math.abs(ahead)),
                    ahead < 0 ? "behind" : "ahead of",
                    HumanReadable.millis(uncertain)),
            "let both follow the same time server (chrony or systemd-timesyncd): logs and file"
                + " times cannot be compared")
        .with(Map.of("ahead_nanos", ahead));
  }

  private static long nowNanos() {
    return ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now());
  }

  private List<Finding> rail(Endpoint worker, DataRoutes.DataRoute way, int rpcPort)
      throws InterruptedException {
    String device = way.device();
    String group = "worker " + worker + " via " + (device.isEmpty() ? "routing" : device);
    String trouble = trouble(device);
    if (!trouble.isEmpty()) {
      return List.of(Finding.skipped(group, "reach", trouble));
    }
    InetSocketAddress address = new InetSocketAddress(way.endpoint().host(), way.endpoint().port());
    if (address.isUnresolved()) {
      return List.of(
          Finding.problem(
              group,
              "reach",
              "the worker reports the data address '" + way.endpoint().host() + "', which is none",
              "correct railfs.worker.data.bind.host there"));
    }
    ProbeTarget target = new ProbeTarget(address, worker.host(), device);
    List<Finding> findings = new ArrayList<>();
    RouteCheck.look(group, machine, target, new SubnetCheck(), wanted).ifPresent(findings::add);
    findings.addAll(
        new RailCheck(transport, trust, machine, settings, unreached.withRpc(rpcPort))
            .look(group, target));
    return findings;
  }

  private List<Finding> read(Endpoint worker) throws InterruptedException {
    Config only =
        config
            .withValue("railfs.membership.type", ConfigValueFactory.fromAnyRef("static"))
            .withValue(
                "railfs.workers", ConfigValueFactory.fromIterable(List.of(worker.toString())));
    String group = "worker " + worker + " read";
    return new ReadCheck(machine, wanted).look(group, ClientSettings.of(only));
  }
}
