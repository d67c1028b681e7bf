// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static java.util.stream.Collectors.joining;

import io.railfs.fabric.facts.HcaPort;
import io.railfs.fabric.facts.KernelFile;
import io.railfs.fabric.facts.KernelModules;
import io.railfs.fabric.facts.LinkRate;
import io.railfs.fabric.facts.NetDevice;
import io.railfs.fabric.facts.ProcessLimits;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * The facts of a machine at one moment.
 *
 * @param root where its /sys, /proc, /etc, /dev and /usr are
 * @param isRoot whether the user is root
 */
record MachineFacts(
    Path root,
    boolean isRoot,
    List<NetDevice> devices,
    List<HcaPort> ports,
    KernelModules modules,
    Optional<ProcessLimits> limits) {

  static MachineFacts of(Path root, boolean isRoot, Function<String, List<String>> addresses) {
    return new MachineFacts(
        root,
        isRoot,
        NetDevice.all(root, addresses),
        HcaPort.all(root),
        KernelModules.of(root),
        ProcessLimits.of(root));
  }

  Optional<NetDevice> device(String name) {
    return devices.stream().filter(device -> device.name().equals(name)).findFirst();
  }

  /** The adapter's port behind an interface. */
  Optional<HcaPort> port(NetDevice device) {
    return ports.stream()
        .filter(port -> device.hca().filter(port.hca()::equals).isPresent())
        .filter(port -> port.number() == device.port())
        .findFirst();
  }

  /** The interfaces of a port. */
  List<NetDevice> devices(HcaPort port) {
    return devices.stream()
        .filter(device -> port(device).filter(port::equals).isPresent())
        .toList();
  }

  /**
   * The interfaces with hardware of their own that RailFS uses or could: those that the conf names,
   * and all over RDMA adapters. What is for fast networks is judged where there is one.
   */
  List<NetDevice> hardwareRails(RequiredSetup wanted) {
    return devices.stream()
        .filter(device -> !device.virtual())
        .filter(
            device ->
                device.isInfiniband()
                    || device.hca().isPresent()
                    || wanted.devices().contains(device.name()))
        .toList();
  }

  /** What an interface's port runs at, in gigabits a second; empty where nothing real is there. */
  Optional<Double> gigabits(NetDevice device) {
    Optional<Double> ofPort = port(device).map(MachineFacts::portGigabits).filter(rate -> rate > 0);
    if (ofPort.isPresent() || device.virtual()) {
      return ofPort;
    }
    OptionalLong megabits =
        KernelFile.number(root.resolve("sys/class/net").resolve(device.name()).resolve("speed"));
    return megabits.isPresent() && megabits.getAsLong() > 0
        ? Optional.of(megabits.getAsLong() / 1000.0)
        : Optional.empty();
  }

  /** What a port runs at, in gigabits a second; 0 where it is not known. */
  static double portGigabits(HcaPort port) {
    return LinkRate.of(port.rate()).map(LinkRate::gigabits).orElse(0.0);
  }

  boolean hasInfinibandPort() {
    return ports.stream().anyMatch(HcaPort::isInfiniband);
  }

  /** All interfaces, as messages show them. */
  String deviceList() {
    return devices.stream().map(NetDevice::text).collect(joining(", "));
  }
}
