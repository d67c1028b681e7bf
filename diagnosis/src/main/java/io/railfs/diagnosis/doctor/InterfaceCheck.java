// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.CpuSet;
import io.railfs.fabric.facts.KernelFile;
import io.railfs.fabric.facts.NetDevice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Queues, rings and offloads of each rail with hardware of its own. Rings and offloads are in no
 * file of the kernel; ethtool reports them where it is installed.
 */
final class InterfaceCheck implements Check {
  private static final int FEW_SLOTS = 1_024;
  private static final List<String> OFFLOADS =
      List.of(
          "rx-checksumming",
          "tx-checksumming",
          "scatter-gather",
          "tcp-segmentation-offload",
          "generic-receive-offload");

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.QUEUES, CheckId.RINGS, CheckId.OFFLOADS);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<Finding> findings = new ArrayList<>();
    for (NetDevice device : machine.hardwareRails(wanted)) {
      queues(machine.root(), device).ifPresent(findings::add);
      SystemProgram.output(machine.root(), "ethtool", "-g", device.name())
          .flatMap(output -> rings(device, output))
          .ifPresent(findings::add);
      SystemProgram.output(machine.root(), "ethtool", "-k", device.name())
          .flatMap(output -> offloads(device, output))
          .ifPresent(findings::add);
    }
    return findings;
  }

  private static Optional<Finding> queues(Path root, NetDevice device) {
    Path directory = root.resolve("sys/class/net").resolve(device.name());
    long receive =
        KernelFile.entries(directory.resolve("queues")).stream()
            .filter(queue -> KernelFile.name(queue).startsWith("rx-"))
            .count();
    if (receive == 0) {
      return Optional.empty();
    }
    int processors =
        CpuSet.of(KernelFile.text(root.resolve("sys/devices/system/cpu/online")).orElse("0"))
            .size();
    String seen =
        receive
            + (receive == 1 ? " receive queue" : " receive queues")
            + ", tx_queue_len "
            + KernelFile.numberOrZero(directory.resolve("tx_queue_len"));
    String group = "device " + device.name();
    // Connected mode and drivers without enhanced IPoIB have one and no more.
    boolean lone = receive == 1 && processors > 1 && device.hca().isPresent();
    boolean connected = device.ipoibMode().filter("connected"::equals).isPresent();
    return Optional.of(
        Finding.of(
            lone && !connected ? Level.WARNING : Level.OK,
            group,
            CheckId.QUEUES.text(),
            seen
                + (lone ? ": one processor receives all" : "")
                + (lone && connected ? ", as connected mode has it" : ""),
            device.isInfiniband()
                ? "use a driver with enhanced IPoIB (mlx5 since Linux 4.13; 'ethtool -i "
                    + device.name()
                    + "' names it), which has a queue for each processor"
                : "run 'ethtool -L %s combined %d'".formatted(device.name(), processors)));
  }

  static Optional<Finding> rings(NetDevice device, String output) {
    int now = output.indexOf("Current hardware settings");
    if (now < 0) {
      return Optional.empty();
    }
    OptionalInt most = slots(output.substring(0, now));
    OptionalInt slots = slots(output.substring(now));
    if (most.isEmpty() || slots.isEmpty()) {
      return Optional.empty();
    }
    int better = Math.min(most.getAsInt(), 8 * FEW_SLOTS);
    return Optional.of(
        Finding.of(
                slots.getAsInt() < Math.min(FEW_SLOTS, most.getAsInt()) ? Level.WARNING : Level.OK,
                "device " + device.name(),
                CheckId.RINGS.text(),
                "%d of %d slots for packets that come in"
                    .formatted(slots.getAsInt(), most.getAsInt()),
                "run 'ethtool -G %s rx %d'".formatted(device.name(), better))
            .with(Map.of("slots", slots.getAsInt(), "maximum", most.getAsInt())));
  }

  private static OptionalInt slots(String text) {
    Matcher line = Pattern.compile("(?m)^RX:\\s+(\\d{1,9})$").matcher(text);
    return line.find() ? OptionalInt.of(Integer.parseInt(line.group(1))) : OptionalInt.empty();
  }

  static Optional<Finding> offloads(NetDevice device, String output) {
    List<String> on = new ArrayList<>();
    List<String> off = new ArrayList<>();
    for (String name : OFFLOADS) {
      Matcher line = Pattern.compile("(?m)^" + name + ": (on|off)( \\[fixed\\])?").matcher(output);
      if (line.find()) {
        if (line.group(1).equals("on")) {
          on.add(name);
        } else if (line.group(2) == null) {
          off.add(name);
        }
      }
    }
    if (on.isEmpty() && off.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        Finding.of(
            off.isEmpty() ? Level.OK : Level.WARNING,
            "device " + device.name(),
            CheckId.OFFLOADS.text(),
            off.isEmpty()
                ? String.join(", ", on)
                : String.join(", ", off) + " could be on and is off",
            "run 'ethtool -K %s %s on'".formatted(device.name(), String.join(" on ", off))));
  }
}
