// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import static java.util.Objects.requireNonNull;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One network interface at one moment, as sysfs has it.
 *
 * @param name case-sensitive
 * @param type the kernel's ARPHRD number: {@link #ETHERNET}, {@link #INFINIBAND}, {@link #LOOPBACK}
 * @param up administratively up
 * @param operstate "up", "down", "lowerlayerdown", "unknown", ...
 * @param mtu bytes
 * @param ipoibMode "datagram" or "connected"; empty where it is not IPoIB
 * @param hardwareAddress as sysfs writes it: 6 bytes, 20 for IPoIB
 * @param nameAssignType 1: the kernel counted; 2: predictable; 3: by a user; 4: renamed; 0: unknown
 * @param port of the adapter, from 1
 * @param hca the RDMA device behind it, such as mlx5_0; empty where there is none
 * @param virtual whether no hardware stands behind it
 * @param related names of interfaces above and below it (bonds, VLANs), which carry the same bytes
 * @param addresses numeric, without prefix lengths
 * @param traffic bytes so far
 */
public record NetDevice(
    String name,
    int type,
    boolean up,
    String operstate,
    int mtu,
    Optional<String> ipoibMode,
    String hardwareAddress,
    int nameAssignType,
    int port,
    Optional<String> hca,
    boolean virtual,
    Set<String> related,
    List<String> addresses,
    Traffic traffic) {

  public static final int ETHERNET = 1;
  public static final int INFINIBAND = 32;
  public static final int LOOPBACK = 772;

  /** In the kernel's if.h. */
  private static final int IFF_UP = 1;

  public NetDevice {
    requireNonNull(name, "name is null");
    related = Set.copyOf(related);
    addresses = List.copyOf(addresses);
  }

  /** The interfaces of a machine by name; none where there is no sysfs. */
  public static List<NetDevice> all(Path root, Function<String, List<String>> addresses) {
    return KernelFile.entries(root.resolve("sys/class/net")).stream()
        // Some drivers keep plain files here (bonding_masters).
        .filter(Files::isDirectory)
        .map(directory -> read(directory, addresses))
        .toList();
  }

  private static NetDevice read(Path directory, Function<String, List<String>> addresses) {
    String name = KernelFile.name(directory);
    long flags = KernelFile.numberOrZero(directory.resolve("flags"));
    int type = (int) KernelFile.numberOrZero(directory.resolve("type"));
    // dev_id is what drivers set before there was dev_port.
    long port =
        Math.max(
            KernelFile.numberOrZero(directory.resolve("dev_port")),
            KernelFile.numberOrZero(directory.resolve("dev_id")));
    return new NetDevice(
        name,
        type,
        (flags & IFF_UP) != 0,
        KernelFile.text(directory.resolve("operstate")).orElse("unknown"),
        (int) KernelFile.numberOrZero(directory.resolve("mtu")),
        // Other drivers have a file of this name too.
        type == INFINIBAND ? KernelFile.text(directory.resolve("mode")) : Optional.empty(),
        KernelFile.text(directory.resolve("address")).orElse(""),
        (int) KernelFile.numberOrZero(directory.resolve("name_assign_type")),
        (int) port + 1,
        KernelFile.entries(directory.resolve("device/infiniband")).stream()
            .map(KernelFile::name)
            .findFirst(),
        !Files.exists(directory.resolve("device")),
        related(directory),
        addresses.apply(name),
        Traffic.of(directory));
  }

  private static Set<String> related(Path directory) {
    return KernelFile.entries(directory).stream()
        .map(KernelFile::name)
        .filter(name -> name.startsWith("lower_") || name.startsWith("upper_"))
        .map(name -> name.substring("lower_".length()))
        .collect(Collectors.toSet());
  }

  /** Whether its packets travel in InfiniBand ones. */
  public boolean isInfiniband() {
    return type == INFINIBAND;
  }

  public boolean isLoopback() {
    return type == LOOPBACK;
  }

  /** Whether it can carry traffic; loopback, dummies and some tunnels never say "up". */
  public boolean isRunning() {
    return up && (operstate.equals("up") || operstate.equals("unknown"));
  }

  /** As a list of devices shows it: "ib0 (up, 10.1.0.5)". */
  public String text() {
    String state = isRunning() ? "up" : up ? operstate : "down";
    String where = addresses.isEmpty() ? "no address" : String.join(" ", addresses);
    return name + " (" + state + ", " + where + ")";
  }
}
