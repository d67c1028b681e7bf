// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static java.util.stream.Collectors.joining;

import io.railfs.base.HumanReadable;
import io.railfs.fabric.facts.NetDevice;
import io.railfs.fabric.facts.Traffic;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where bytes moved, by the kernel's counters of every interface before and after: they must have
 * come in on the expected devices and nowhere else.
 */
final class TrafficProof {
  private static final String CHECK = "counters";

  /** Counters lag behind on some drivers, which read them from the hardware once a second. */
  private static final double ENOUGH = 0.9;

  /** Of the payload; what else a machine does meanwhile should be less. */
  private static final double NOTABLE = 0.1;

  /** Below this share of the payload a rail took no part. */
  private static final double IDLE = 0.01;

  private final MachineFacts machine;
  private final Path root;
  private final Map<String, Traffic> before;

  private TrafficProof(MachineFacts machine) {
    this.machine = machine;
    this.root = machine.root();
    this.before = Traffic.all(root);
  }

  /** Reads the counters before the transfer. */
  static TrafficProof start(MachineFacts machine) {
    return new TrafficProof(machine);
  }

  /**
   * Reads them again.
   *
   * @param expected devices that must have carried the payload
   * @param payload bytes that came in
   * @param named whether the conf names the devices; otherwise the kernel chose them
   */
  Finding finish(String group, Collection<String> expected, long payload, boolean named) {
    Finding finding = judge(group, expected, relatives(expected), payload, received(), named);
    Optional<NetDevice> unused =
        named || finding.level() != Level.OK ? Optional.empty() : unusedInfiniband(expected);
    return unused.map(device -> asideInfiniband(finding, device)).orElse(finding);
  }

  private Optional<NetDevice> unusedInfiniband(Collection<String> expected) {
    boolean local =
        expected.stream()
            .anyMatch(name -> machine.device(name).filter(NetDevice::isLoopback).isPresent());
    boolean used =
        expected.stream()
            .anyMatch(name -> machine.device(name).filter(NetDevice::isInfiniband).isPresent());
    return machine.devices().stream()
        .filter(device -> !local && !used)
        .filter(device -> device.isInfiniband() && device.isRunning())
        .filter(device -> !device.addresses().isEmpty())
        .findFirst();
  }

  private static Finding asideInfiniband(Finding finding, NetDevice device) {
    return Finding.warning(
            finding.group(),
            finding.check(),
            finding.seen() + ", while " + device.name() + " is InfiniBand and ready",
            "set railfs.client.data.bind.device = "
                + device.name()
                + " to keep the data on it, or name Ethernet there to say that it is meant")
        .with(finding.numbers());
  }

  private Map<String, Long> received() {
    Map<String, Long> received = new LinkedHashMap<>();
    Traffic.all(root)
        .forEach(
            (name, now) ->
                received.put(
                    name, now.since(before.getOrDefault(name, new Traffic(0, 0))).received()));
    return received;
  }

  /** A bond and its members, a VLAN and what it runs on, count the same bytes. */
  private Set<String> relatives(Collection<String> expected) {
    Set<String> relatives = new HashSet<>();
    for (String name : expected) {
      machine.device(name).map(NetDevice::related).ifPresent(relatives::addAll);
    }
    return relatives;
  }

  static Finding judge(
      String group,
      Collection<String> expected,
      Set<String> relatives,
      long payload,
      Map<String, Long> received,
      boolean named) {
    long here = expected.stream().mapToLong(name -> received.getOrDefault(name, 0L)).sum();
    Map<String, Long> elsewhere = new LinkedHashMap<>(received);
    elsewhere.keySet().removeAll(expected);
    elsewhere.keySet().removeAll(relatives);
    elsewhere.values().removeIf(bytes -> bytes == 0);
    long most = elsewhere.values().stream().mapToLong(Long::longValue).max().orElse(0);
    String devices = String.join(", ", expected);
    String seen =
        "%s of %s came in on %s; %s"
            .formatted(
                HumanReadable.bytes(here),
                HumanReadable.bytes(payload),
                onEach(expected, received),
                elsewhereText(elsewhere));
    Map<String, Object> numbers = Map.of("payload_bytes", payload, "received_bytes", received);
    if (here < payload * ENOUGH) {
      return Finding.problem(
              group,
              CHECK,
              seen,
              "the data does not run on "
                  + devices
                  + ": look with 'ip route get' and 'ss -tnp' where the connections go, and name"
                  + " the device in railfs.client.data.bind.device")
          .with(numbers);
    }
    List<String> idle =
        expected.stream().filter(name -> received.getOrDefault(name, 0L) < payload * IDLE).toList();
    if (!idle.isEmpty()) {
      return Finding.warning(
              group,
              CHECK,
              seen,
              String.join(", ", idle)
                  + " carried next to nothing: look at its 'reach', and that the worker is bound to"
                  + " the same rails")
          .with(numbers);
    }
    if (most > payload * NOTABLE) {
      return Finding.warning(
              group,
              CHECK,
              seen,
              "something else moves bytes at the same time; repeat it on a quiet machine to be sure")
          .with(numbers);
    }
    return Finding.ok(group, CHECK, seen + (named ? "" : " (chosen by the kernel's routing)"))
        .with(numbers);
  }

  private static String onEach(Collection<String> expected, Map<String, Long> received) {
    return expected.size() == 1
        ? String.join("", expected)
        : expected.stream()
            .map(name -> name + " (" + HumanReadable.bytes(received.getOrDefault(name, 0L)) + ")")
            .collect(joining(", "));
  }

  private static String elsewhereText(Map<String, Long> elsewhere) {
    return elsewhere.isEmpty()
        ? "nothing elsewhere"
        : "elsewhere "
            + elsewhere.entrySet().stream()
                .map(entry -> entry.getKey() + " " + HumanReadable.bytes(entry.getValue()))
                .collect(joining(", "));
  }
}
