// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * One port of an RDMA adapter (HCA): /sys/class/infiniband/HCA/ports/N (the kernel's
 * Documentation/ABI/stable/sysfs-class-infiniband).
 *
 * @param hca the adapter, such as mlx5_0
 * @param number from 1
 * @param state "ACTIVE", "INIT", "ARMED", "DOWN", ...
 * @param physicalState "LinkUp", "Polling", "Disabled", ...
 * @param linkLayer "InfiniBand" or "Ethernet"
 * @param rate as the kernel writes it: "100 Gb/sec (4X EDR)"
 * @param smLid address of the subnet manager, 0 where none has taken the port
 * @param gids those that are set
 * @param gidTypes of those that are set: "IB/RoCE v1", "RoCE v2"
 * @param receivedBytes on the port; empty where the driver does not count
 * @param sentBytes on the port; empty where the driver does not count
 */
public record HcaPort(
    String hca,
    int number,
    String state,
    String physicalState,
    String linkLayer,
    String rate,
    int smLid,
    List<String> gids,
    Set<String> gidTypes,
    OptionalLong receivedBytes,
    OptionalLong sentBytes) {

  private static final String NO_GID = "0000:0000:0000:0000:0000:0000:0000:0000";

  /** port_rcv_data and port_xmit_data count words of four bytes. */
  private static final int WORD = 4;

  public HcaPort {
    gids = List.copyOf(gids);
    gidTypes = Set.copyOf(gidTypes);
  }

  /** The ports of all adapters by name and number; none where there is no adapter. */
  public static List<HcaPort> all(Path root) {
    return KernelFile.entries(root.resolve("sys/class/infiniband")).stream()
        .flatMap(hca -> KernelFile.entries(hca.resolve("ports")).stream())
        .map(HcaPort::read)
        .toList();
  }

  /** The port that a network interface stands on; empty where it stands on none. */
  public static Optional<HcaPort> of(Path root, String netdev) {
    return directory(root, netdev).map(HcaPort::read);
  }

  /** The port whose GIDs belong to an interface, or whose adapter has it. */
  static Optional<Path> directory(Path root, String netdev) {
    List<Path> ports =
        KernelFile.entries(root.resolve("sys/class/infiniband")).stream()
            .flatMap(hca -> KernelFile.entries(hca.resolve("ports")).stream())
            .toList();
    Optional<Path> byGid =
        ports.stream()
            .filter(
                port ->
                    KernelFile.entries(port.resolve("gid_attrs/ndevs")).stream()
                        .anyMatch(ndev -> KernelFile.text(ndev).filter(netdev::equals).isPresent()))
            .findFirst();
    return ports.isEmpty()
        ? byGid
        : byGid.or(
            () ->
                NetDevice.all(root, name -> List.of()).stream()
                    .filter(one -> one.name().equals(netdev) && one.hca().isPresent())
                    .map(
                        one ->
                            root.resolve("sys/class/infiniband")
                                .resolve(one.hca().get())
                                .resolve("ports/" + one.port()))
                    .filter(Files::isDirectory)
                    .findFirst());
  }

  private static HcaPort read(Path port) {
    List<Path> gids =
        KernelFile.entries(port.resolve("gids")).stream()
            .filter(gid -> KernelFile.text(gid).filter(text -> !text.equals(NO_GID)).isPresent())
            .toList();
    Set<String> types = new LinkedHashSet<>();
    for (Path gid : gids) {
      KernelFile.text(port.resolve("gid_attrs/types").resolve(KernelFile.name(gid)))
          .ifPresent(types::add);
    }
    return new HcaPort(
        KernelFile.name(port.resolve("../..").normalize()),
        Integer.parseInt(KernelFile.name(port)),
        afterNumber(port.resolve("state")),
        afterNumber(port.resolve("phys_state")),
        KernelFile.text(port.resolve("link_layer")).orElse("unknown"),
        KernelFile.text(port.resolve("rate")).orElse("unknown"),
        (int) KernelFile.numberOrZero(port.resolve("sm_lid")),
        gids.stream().flatMap(gid -> KernelFile.text(gid).stream()).toList(),
        types,
        bytes(port.resolve("counters/port_rcv_data")),
        bytes(port.resolve("counters/port_xmit_data")));
  }

  /** "4: ACTIVE" is ACTIVE. */
  private static String afterNumber(Path file) {
    String text = KernelFile.text(file).orElse("unknown");
    return text.substring(text.indexOf(':') + 1).strip();
  }

  private static OptionalLong bytes(Path file) {
    OptionalLong words = KernelFile.number(file);
    return words.isPresent() ? OptionalLong.of(words.getAsLong() * WORD) : words;
  }

  public boolean isActive() {
    return state.equals("ACTIVE");
  }

  public boolean isInfiniband() {
    return linkLayer.equals("InfiniBand");
  }

  public boolean hasSubnetManager() {
    return smLid != 0;
  }

  /** "mlx5_0 port 1". */
  public String name() {
    return hca + " port " + number;
  }
}
