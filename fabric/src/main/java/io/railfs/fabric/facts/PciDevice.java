// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The PCI device of an adapter (the kernel's Documentation/ABI/testing/sysfs-bus-pci).
 *
 * @param address such as 0000:3b:00.0
 * @param link what it runs at; empty for virtual functions and virtual machines' devices
 * @param maximum what the device itself can do; empty where it is not known
 * @param slot what the bridge above it can do; empty where it is not known
 * @param numaNode its node; -1 where the machine has none or does not report it
 * @param interrupts numbers of its message-signalled interrupts
 * @param errors totals of the bus's error reports (AER) by kind: "correctable", "nonfatal", "fatal"
 */
public record PciDevice(
    String address,
    Optional<Link> link,
    Optional<Link> maximum,
    Optional<Link> slot,
    int numaNode,
    List<Integer> interrupts,
    Map<String, Long> errors) {

  /**
   * A link of PCI Express.
   *
   * @param transfers thousands of millions a second on each lane: 8 is "8.0 GT/s"
   * @param lanes its width
   */
  public record Link(double transfers, int lanes) {
    /** From this on 128 bits are sent as 130, before 8 as 10. */
    private static final double THIRD_GENERATION = 8;

    /** What it carries in one direction, in gigabits a second, headers of packets included. */
    public double gigabits() {
      return transfers * lanes * (transfers >= THIRD_GENERATION ? 128.0 / 130 : 0.8);
    }

    /** "8.0 GT/s x16". */
    public String text() {
      return transfers + " GT/s x" + lanes;
    }
  }

  private static final Pattern SPEED = Pattern.compile("([0-9.]+) GT/s.*");

  public PciDevice {
    interrupts = List.copyOf(interrupts);
    errors = Map.copyOf(errors);
  }

  /** That of an RDMA adapter, such as mlx5_0. */
  public static Optional<PciDevice> ofAdapter(Path root, String hca) {
    return of(root.resolve("sys/class/infiniband").resolve(hca).resolve("device"));
  }

  /** That of a network interface. */
  public static Optional<PciDevice> ofInterface(Path root, String name) {
    return of(root.resolve("sys/class/net").resolve(name).resolve("device"));
  }

  private static Optional<PciDevice> of(Path link) {
    Path directory;
    try {
      directory = link.toRealPath();
    } catch (IOException e) {
      // No hardware stands behind it.
      return Optional.empty();
    }
    if (!Files.exists(directory.resolve("class"))) {
      return Optional.empty();
    }
    Path bridge = directory.resolve("..").normalize();
    return Optional.of(
        new PciDevice(
            KernelFile.name(directory),
            link(directory, "current"),
            link(directory, "max"),
            link(bridge, "max"),
            KernelFile.text(directory.resolve("numa_node")).map(PciDevice::number).orElse(-1),
            KernelFile.entries(directory.resolve("msi_irqs")).stream()
                .map(KernelFile::name)
                .map(PciDevice::number)
                .filter(number -> number >= 0)
                .toList(),
            errors(directory)));
  }

  private static Optional<Link> link(Path directory, String which) {
    Matcher speed =
        SPEED.matcher(KernelFile.text(directory.resolve(which + "_link_speed")).orElse(""));
    long lanes = KernelFile.numberOrZero(directory.resolve(which + "_link_width"));
    // 255 is what the register says where no link is.
    return speed.matches() && lanes > 0 && lanes < 255
        ? Optional.of(new Link(Double.parseDouble(speed.group(1)), (int) lanes))
        : Optional.empty();
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static Map<String, Long> errors(Path directory) {
    Map<String, Long> errors = new LinkedHashMap<>();
    for (String kind : List.of("correctable", "nonfatal", "fatal")) {
      KernelFile.text(directory.resolve("aer_dev_" + kind))
          .flatMap(PciDevice::total)
          .ifPresent(total -> errors.put(kind, total));
    }
    return errors;
  }

  /** The last line: "TOTAL_ERR_COR 12". */
  private static Optional<Long> total(String text) {
    Matcher line = Pattern.compile("(?m)^TOTAL_ERR\\w* (\\d{1,18})$").matcher(text);
    return line.find() ? Optional.of(Long.valueOf(line.group(1))) : Optional.empty();
  }
}
