// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One port of an RDMA adapter (HCA): /sys/class/infiniband/HCA/ports/N (the kernel's
 * Documentation/ABI/stable/sysfs-class-infiniband).
 *
 * @param directory of its files
 * @param hca the adapter, such as mlx5_0
 * @param number from 1
 * @param state "ACTIVE", "INIT", "ARMED", "DOWN", ...
 * @param physicalState "LinkUp", "Polling", "Disabled", ...
 * @param linkLayer "InfiniBand" or "Ethernet"
 * @param rate as the kernel writes it: "100 Gb/sec (4X EDR)"
 * @param smLid address of the subnet manager, 0 where none has taken the port
 * @param receivedBytes on the port; empty where the driver does not count
 * @param sentBytes on the port; empty where the driver does not count
 */
public record HcaPort(
    Path directory,
    String hca,
    int number,
    String state,
    String physicalState,
    String linkLayer,
    String rate,
    int smLid,
    OptionalLong receivedBytes,
    OptionalLong sentBytes) {

  private static final String NO_GID = "0000:0000:0000:0000:0000:0000:0000:0000";

  /** port_rcv_data and port_xmit_data count words of four bytes. */
  private static final int WORD = 4;

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
  private static Optional<Path> directory(Path root, String netdev) {
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
    return new HcaPort(
        port,
        KernelFile.name(port.resolve("../..").normalize()),
        Integer.parseInt(KernelFile.name(port)),
        afterNumber(port.resolve("state")),
        afterNumber(port.resolve("phys_state")),
        KernelFile.text(port.resolve("link_layer")).orElse("unknown"),
        KernelFile.text(port.resolve("rate")).orElse("unknown"),
        (int) KernelFile.numberOrZero(port.resolve("sm_lid")),
        bytes(port.resolve("counters/port_rcv_data")),
        bytes(port.resolve("counters/port_xmit_data")));
  }

  /** Those that are set. Reads a file for each that there could be, hundreds. */
  public List<String> gids() {
    return texts(directory.resolve("gids")).filter(gid -> !gid.equals(NO_GID)).toList();
  }

  /**
   * Of those that are set: "IB/RoCE v1", "RoCE v2". Reads as many files; the kernel answers EINVAL
   * for the others (_show_port_gid_attr in drivers/infiniband/core/sysfs.c).
   */
  public SortedSet<String> gidTypes() {
    return texts(directory.resolve("gid_attrs/types"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Stream<String> texts(Path files) {
    return KernelFile.entries(files).stream().flatMap(file -> KernelFile.text(file).stream());
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
