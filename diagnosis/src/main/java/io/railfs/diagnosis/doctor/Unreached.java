// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.base.DocPage;
import io.railfs.client.Endpoint;
import io.railfs.client.probe.ProbeConnection;
import io.railfs.client.probe.ProbeException;
import io.railfs.client.probe.ProbeTarget;
import io.railfs.diagnosis.bench.RailDevice;
import io.railfs.fabric.DeviceAddress;
import io.railfs.fabric.Transport;
import io.railfs.fabric.facts.Neighbours;
import io.railfs.fabric.trust.Trust;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Why a service of a worker cannot be reached, and what to do, as far as it is known here. */
final class Unreached {
  /** Packets of this size pass whatever the way is made of. */
  private static final int SMALL_SEGMENT = 536;

  private static final String SMALLER_PACKETS =
      "it answers where packets are small, so large ones are lost on the way: give every switch and"
          + " link between the MTU of both ends, or both ends a smaller one";

  private final Probe probe;
  private final MachineFacts machine;
  private final SubnetCheck subnets;
  private final RequiredSetup wanted;
  private final int rpcPort;

  /**
   * How to connect once more.
   *
   * @param timeout of a connect and of an answer
   */
  record Probe(Transport transport, Trust trust, Duration timeout) {}

  /** Of a worker of which nothing has been reached yet. */
  Unreached(Probe probe, MachineFacts machine, SubnetCheck subnets, RequiredSetup wanted) {
    this(probe, machine, subnets, wanted, 0);
  }

  private Unreached(
      Probe probe, MachineFacts machine, SubnetCheck subnets, RequiredSetup wanted, int rpcPort) {
    this.probe = probe;
    this.machine = machine;
    this.subnets = subnets;
    this.wanted = wanted;
    this.rpcPort = rpcPort;
  }

  /** The same for a worker whose rpc service was reached at a port. */
  Unreached withRpc(int port) {
    return new Unreached(probe, machine, subnets, wanted, port);
  }

  String where(ProbeTarget way) {
    return new Endpoint(DeviceAddress.text(way.address().getAddress()), way.address().getPort())
        .toString();
  }

  /**
   * The rpc service.
   *
   * @param ways that were tried
   */
  Finding rpc(String group, List<ProbeTarget> ways, ProbeException cause)
      throws InterruptedException {
    return Finding.problem(
        group, "rpc", String.valueOf(cause.getMessage()), rpcAdvice(ways, cause));
  }

  private String rpcAdvice(List<ProbeTarget> ways, ProbeException cause)
      throws InterruptedException {
    if (cause.isUntrusted()) {
      return "let railfs.security on this side fit that of the worker; "
          + DocPage.of("SECURITY.md")
          + " says how";
    }
    for (ProbeTarget way : ways) {
      Optional<String> own = ownAddress(way);
      if (own.isPresent()) {
        return own.get();
      }
    }
    for (ProbeTarget way : ways) {
      Optional<String> here = ownFirewall(way).or(() -> silence(way));
      if (here.isPresent()) {
        return here.get();
      }
    }
    for (ProbeTarget way : ways) {
      if (answers(way.withSegment(SMALL_SEGMENT))) {
        return SMALLER_PACKETS;
      }
    }
    return cause.isNoRoute()
        ? "no machine takes this address: see that the worker's is on, its interface up and of this"
            + " address ('ip -br addr' there), that no firewall rejects, and that railfs.workers is"
            + " right"
        : "start it with 'railfs worker start' there, open its ports in the firewall, or correct"
            + " railfs.workers";
  }

  /** The data service of a worker whose rpc service answers. */
  Finding data(String group, ProbeTarget way, ProbeException cause) throws InterruptedException {
    return Finding.problem(
        group, "reach", where(way) + ": " + cause.getMessage(), dataAdvice(way, cause));
  }

  private String dataAdvice(ProbeTarget way, ProbeException cause) throws InterruptedException {
    Optional<String> own = ownAddress(way);
    if (own.isPresent()) {
      return own.get();
    }
    Optional<String> here = ownFirewall(way).or(() -> silence(way));
    if (here.isPresent()) {
      return here.get();
    }
    int port = way.address().getPort();
    if (answers(way.withSegment(SMALL_SEGMENT))) {
      return SMALLER_PACKETS;
    }
    if (rpcPort > 0 && answers(way.withPort(rpcPort))) {
      return cause.isRefused()
          ? ("rpc answers at the same address, so nothing listens at port %d there, or a firewall"
                  + " rejects it: look with 'ss -ltn' and 'nft list ruleset' on the worker")
              .formatted(port)
          : ("rpc answers at the same address, so a firewall between drops port %d: open it; 'nft"
                  + " list ruleset' or 'iptables -S' shows it, here and on the worker")
              .formatted(port);
    }
    Optional<String> beside = subnets.beside(way.device(), wanted);
    if (beside.isPresent()) {
      return ("see that the worker's interface of this address is up and the worker bound to it; %s"
              + " is in one subnet with %s, where answers can also take the wrong device: see"
              + " 'one-subnet', and set the same on the worker")
          .formatted(way.device(), beside.get());
    }
    return way.device().isEmpty()
        ? "check that the worker runs, its data port is open, and 'ip route get' finds a way"
        : "check that the worker has an address in the subnet of "
            + way.device()
            + ", is bound to that rail, and that 'ping -I "
            + way.device()
            + "' reaches it";
  }

  /** Packets to an address of this machine never leave it. */
  private static Optional<String> ownAddress(ProbeTarget way) {
    InetAddress address = way.address().getAddress();
    if (address == null || address.isLoopbackAddress()) {
      return Optional.empty();
    }
    return RailDevice.of(address)
        .map(
            device ->
                ("%s is an address of this machine (%s), so nothing is sent to another one: take it"
                        + " off %2$s or correct railfs.workers; a worker that is meant to run here"
                        + " is started with 'railfs worker start'")
                    .formatted(DeviceAddress.text(address), device));
  }

  /** A rule of this machine that drops what goes to the port, or what comes back from it. */
  private Optional<String> ownFirewall(ProbeTarget way) {
    int port = way.address().getPort();
    return machine.isRoot()
        ? FirewallRules.of(machine.root())
            .flatMap(rules -> rules.against(port))
            .map(
                rule ->
                    "a firewall rule of this machine drops packets of port %d (%s): run '%s'"
                        .formatted(port, rule.text(), rule.removal()))
        : Optional.empty();
  }

  /** Nobody on the subnet has said that the address is its own: no firewall does that. */
  private Optional<String> silence(ProbeTarget way) {
    String address = DeviceAddress.text(way.address().getAddress());
    return Neighbours.of(machine.root()).isSilent(address, way.device())
        ? Optional.of(
            ("nobody on the subnet answers ARP for %s, so no machine has this address: see that the"
                    + " worker's is on, its interface up and of this address ('ip -br addr' there),"
                    + " and that railfs.workers is right; on InfiniBand also that both are in one"
                    + " partition ('pkey')")
                .formatted(address))
        : Optional.empty();
  }

  private boolean answers(ProbeTarget way) throws InterruptedException {
    try (ProbeConnection connection =
        ProbeConnection.open(probe.transport, probe.trust, way, probe.timeout)) {
      return connection.hello() != null;
    } catch (ProbeException e) {
      // One more way that does not answer.
      return false;
    }
  }
}
