// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.CpuSet;
import io.railfs.fabric.facts.HcaPort;
import io.railfs.fabric.facts.KernelFile;
import io.railfs.fabric.facts.NetDevice;
import io.railfs.fabric.facts.PciDevice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How the hardware of each rail sits in the machine: its PCI Express link, errors on the bus, the
 * NUMA node beside the processors of this process, and the processors that take its interrupts.
 */
final class HardwareCheck implements Check {
  /** Headers of packets and flow control take about a tenth of what the lanes carry. */
  private static final double PAYLOAD = 0.9;

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.PCIE_LINK, CheckId.PCIE_ERRORS, CheckId.NUMA_NODE, CheckId.IRQ_AFFINITY);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<Finding> findings = new ArrayList<>();
    devices(machine, wanted)
        .forEach(
            (group, pci) -> {
              double rate = group.rate;
              pci.link().ifPresent(link -> findings.add(link(group.name, pci, link, rate)));
              if (!pci.errors().isEmpty()) {
                findings.add(errors(group.name, pci));
              }
              numaNode(group.name, pci, machine.root()).ifPresent(findings::add);
              interrupts(group.name, pci, machine.root()).ifPresent(findings::add);
            });
    return findings;
  }

  /**
   * What a report calls it.
   *
   * @param rate gigabits a second that its ports carry together; 0 where that is not known
   */
  private record Group(String name, double rate) {}

  private static Map<Group, PciDevice> devices(MachineFacts machine, RequiredSetup wanted) {
    Map<Group, PciDevice> devices = new LinkedHashMap<>();
    for (String hca : machine.ports().stream().map(HcaPort::hca).distinct().toList()) {
      double rate =
          machine.ports().stream()
              .filter(port -> port.hca().equals(hca) && port.isActive())
              .mapToDouble(MachineFacts::portGigabits)
              .sum();
      PciDevice.ofAdapter(machine.root(), hca)
          .ifPresent(pci -> devices.put(new Group("adapter " + hca, rate), pci));
    }
    for (NetDevice device : machine.hardwareRails(wanted)) {
      if (device.hca().isEmpty()) {
        PciDevice.ofInterface(machine.root(), device.name())
            .ifPresent(
                pci ->
                    devices.put(
                        new Group("device " + device.name(), machine.gigabits(device).orElse(0.0)),
                        pci));
      }
    }
    return devices;
  }

  private static Finding link(String group, PciDevice pci, PciDevice.Link link, double rate) {
    PciDevice.Link best = pci.maximum().orElse(link);
    boolean slower = link.lanes() < best.lanes() || link.transfers() < best.transfers();
    boolean narrow = rate > 0 && link.gigabits() * PAYLOAD < rate;
    boolean slot =
        pci.slot()
            .filter(s -> s.lanes() < best.lanes() || s.transfers() < best.transfers())
            .isPresent();
    String seen =
        link.text()
            + (slower ? ", the adapter can " + best.text() : "")
            + (slower && slot ? ", the slot " + pci.slot().get().text() : "")
            + (narrow
                ? ": %.0f Gb/s for ports of %.0f Gb/s".formatted(link.gigabits() * PAYLOAD, rate)
                : "");
    String advice =
        slot
            ? "put the adapter into a slot of " + best.text() + "; 'lspci -vv -s %s' shows its own"
            : "run 'lspci -vv -s %s' and compare LnkSta with LnkCap; reseat the adapter, or raise the"
                + " slot's speed in the firmware settings of the machine";
    // With fewer lanes than it could have it may still carry all that its ports do.
    boolean bad = narrow || (slower && rate == 0);
    return Finding.of(
            bad ? Level.WARNING : Level.OK,
            group,
            CheckId.PCIE_LINK.text(),
            seen + (slower && !bad ? ", enough for its ports" : ""),
            advice.formatted(pci.address()))
        .with(Map.of("gigabits_per_second", link.gigabits(), "lanes", link.lanes()));
  }

  private static Finding errors(String group, PciDevice pci) {
    long severe =
        pci.errors().getOrDefault("nonfatal", 0L) + pci.errors().getOrDefault("fatal", 0L);
    long corrected = pci.errors().getOrDefault("correctable", 0L);
    Map<String, Object> numbers = new TreeMap<>(pci.errors());
    return Finding.of(
            severe > 0 ? Level.PROBLEM : corrected > 0 ? Level.WARNING : Level.OK,
            group,
            CheckId.PCIE_ERRORS.text(),
            severe + corrected == 0
                ? "none on the bus"
                : "%d corrected, %d not, since the machine was started"
                    .formatted(corrected, severe),
            "reseat the adapter or its riser; 'dmesg | grep -i aer' shows when they came")
        .with(numbers);
  }

  private static Optional<Finding> numaNode(String group, PciDevice pci, Path root) {
    List<Path> nodes =
        KernelFile.entries(root.resolve("sys/devices/system/node")).stream()
            .filter(node -> KernelFile.name(node).matches("node\\d+"))
            .toList();
    Optional<String> allowed = status(root, "Cpus_allowed_list");
    if (pci.numaNode() < 0 || nodes.isEmpty() || allowed.isEmpty()) {
      return Optional.empty();
    }
    if (nodes.size() == 1) {
      return Optional.of(Finding.ok(group, CheckId.NUMA_NODE.text(), "the machine has one node"));
    }
    CpuSet own = CpuSet.of(allowed.get());
    CpuSet beside = processors(root, pci.numaNode());
    Optional<CpuSet> memory = status(root, "Mems_allowed_list").map(CpuSet::of);
    boolean far = !own.meets(beside);
    boolean farMemory =
        memory
            .filter(nodesOf -> !nodesOf.meets(CpuSet.of(String.valueOf(pci.numaNode()))))
            .isPresent();
    String seen = "node %d (processors %s)".formatted(pci.numaNode(), beside);
    String advice =
        "start RailFS with 'numactl --cpunodebind=%1$d --preferred=%1$d', or give its unit"
            + " CPUAffinity= and NUMAPolicy= of that node";
    return Optional.of(
        Finding.of(
            far || farMemory ? Level.WARNING : Level.OK,
            group,
            CheckId.NUMA_NODE.text(),
            far
                ? seen + ", but this process may run on " + own + " only"
                : farMemory
                    ? seen + ", but this process has memory of nodes " + memory.get() + " only"
                    : seen + "; this process may run there",
            advice.formatted(pci.numaNode())));
  }

  private static CpuSet processors(Path root, int node) {
    return CpuSet.of(
        KernelFile.text(root.resolve("sys/devices/system/node/node" + node + "/cpulist"))
            .orElse(""));
  }

  private static Optional<String> status(Path root, String key) {
    return KernelFile.field(root.resolve("proc/self/status"), key);
  }

  private static Optional<Finding> interrupts(String group, PciDevice pci, Path root) {
    Map<Integer, CpuSet> targets = new TreeMap<>();
    for (int interrupt : pci.interrupts()) {
      Path directory = root.resolve("proc/irq/" + interrupt);
      KernelFile.text(directory.resolve("effective_affinity_list"))
          .filter(list -> !list.isEmpty())
          .or(() -> KernelFile.text(directory.resolve("smp_affinity_list")))
          .map(CpuSet::of)
          .filter(set -> !set.isEmpty())
          .ifPresent(set -> targets.put(interrupt, set));
    }
    int processors =
        CpuSet.of(KernelFile.text(root.resolve("sys/devices/system/cpu/online")).orElse("0"))
            .size();
    if (targets.isEmpty() || processors == 1) {
      return Optional.empty();
    }
    CpuSet all = targets.values().stream().reduce(CpuSet.of(""), CpuSet::union);
    CpuSet beside = pci.numaNode() < 0 ? CpuSet.of("") : processors(root, pci.numaNode());
    String seen = "%d interrupts on processors %s".formatted(targets.size(), all);
    // The first one is for events of the adapter itself.
    boolean crowded = targets.size() > 2 && all.size() == 1;
    boolean far = !beside.isEmpty() && !all.meets(beside);
    return Optional.of(
        Finding.of(
            crowded || far ? Level.WARNING : Level.OK,
            group,
            CheckId.IRQ_AFFINITY.text(),
            seen
                + (crowded
                    ? ": one processor takes all"
                    : far ? ", none of the adapter's node (" + beside + ")" : ""),
            "run 'systemctl enable --now irqbalance', or spread them by hand over "
                + (beside.isEmpty() ? "all processors" : beside)
                + ": /proc/irq/"
                + targets.keySet().stream()
                    .map(String::valueOf)
                    .limit(1)
                    .collect(Collectors.joining())
                + "/smp_affinity_list and the further ones"));
  }
}
