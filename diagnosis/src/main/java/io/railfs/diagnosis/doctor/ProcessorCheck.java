// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.KernelFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;

/** What the processors may do: their clock's governor, and the quota of this process's cgroup. */
final class ProcessorCheck implements Check {
  private static final String GROUP = "processors";
  private static final Set<String> SLOW = Set.of("powersave", "conservative");

  /** A stream of TCP fills one processor; RailFS's own work needs another. */
  private static final double FEW = 2;

  private static final double THROTTLED = 0.05;

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.CPU_GOVERNOR, CheckId.CPU_QUOTA);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<Finding> findings = new ArrayList<>();
    if (!machine.hardwareRails(wanted).isEmpty()) {
      governor(machine.root()).ifPresent(findings::add);
    }
    quota(machine.root()).ifPresent(findings::add);
    return findings;
  }

  private static Optional<Finding> governor(Path root) {
    Map<String, Integer> governors = new TreeMap<>();
    boolean managed = true;
    for (Path cpu : KernelFile.entries(root.resolve("sys/devices/system/cpu"))) {
      Path directory = cpu.resolve("cpufreq");
      Optional<String> name = KernelFile.text(directory.resolve("scaling_governor"));
      if (name.isPresent()) {
        governors.merge(name.get(), 1, Integer::sum);
        managed &= isFast(directory);
      }
    }
    if (governors.isEmpty()) {
      return Optional.empty();
    }
    boolean slow = governors.keySet().stream().anyMatch(SLOW::contains) && !managed;
    List<String> texts =
        governors.entrySet().stream().map(e -> e.getKey() + " on " + e.getValue()).toList();
    return Optional.of(
        Finding.of(
            slow ? Level.WARNING : Level.OK,
            GROUP,
            CheckId.CPU_GOVERNOR.text(),
            String.join(", ", texts) + (slow ? ": clocks are kept low" : ""),
            "run 'cpupower frequency-set -g performance', or 'tuned-adm profile"
                + " network-latency', which lasts"));
  }

  /**
   * With intel_pstate and amd_pstate the processor chooses its clock itself; "powersave" is then
   * the usual name, and the preference says what is meant.
   */
  private static boolean isFast(Path directory) {
    String driver = KernelFile.text(directory.resolve("scaling_driver")).orElse("");
    String preference =
        KernelFile.text(directory.resolve("energy_performance_preference")).orElse("");
    return driver.contains("pstate") && !preference.isEmpty() && !preference.endsWith("power");
  }

  private static Optional<Finding> quota(Path root) {
    OptionalDouble processors = OptionalDouble.empty();
    double throttled = 0;
    for (Path group : groups(root)) {
      OptionalDouble here = processors(group);
      if (here.isPresent()
          && (processors.isEmpty() || here.getAsDouble() < processors.getAsDouble())) {
        processors = here;
        throttled = throttled(group);
      }
    }
    if (processors.isEmpty()) {
      return Optional.empty();
    }
    boolean little = processors.getAsDouble() < FEW;
    return Optional.of(
        Finding.of(
                little || throttled > THROTTLED ? Level.WARNING : Level.OK,
                GROUP,
                CheckId.CPU_QUOTA.text(),
                "the cgroup may use %.1f processors, and was stopped in %.0f %% of its periods"
                    .formatted(processors.getAsDouble(), 100 * throttled),
                "raise the limit of the container, or run 'systemctl set-property UNIT CPUQuota='")
            .with(Map.of("processors", processors.getAsDouble(), "throttled_share", throttled)));
  }

  /** The cgroup of this process and those above it, of version 2 and of version 1. */
  private static List<Path> groups(Path root) {
    List<Path> groups = new ArrayList<>();
    for (String line :
        KernelFile.text(root.resolve("proc/self/cgroup")).orElse("").lines().toList()) {
      String[] parts = line.split(":", 3);
      if (parts.length == 3
          && (parts[1].isEmpty() || List.of(parts[1].split(",", -1)).contains("cpu"))) {
        Path top = root.resolve("sys/fs/cgroup").resolve(parts[1].isEmpty() ? "" : "cpu");
        Path group = top.resolve(parts[2].replaceFirst("^/+", "")).normalize();
        for (; group.startsWith(top) && !group.equals(top); group = group.getParent()) {
          groups.add(group);
        }
        groups.add(top);
      }
    }
    return groups;
  }

  private static OptionalDouble processors(Path group) {
    String[] max = KernelFile.text(group.resolve("cpu.max")).orElse("").split(" ", -1);
    if (max.length == 2 && max[0].matches("\\d{1,15}") && max[1].matches("[1-9]\\d{0,14}")) {
      return OptionalDouble.of(Double.parseDouble(max[0]) / Double.parseDouble(max[1]));
    }
    long quota = KernelFile.number(group.resolve("cpu.cfs_quota_us")).orElse(-1);
    long period = KernelFile.number(group.resolve("cpu.cfs_period_us")).orElse(0);
    return quota > 0 && period > 0
        ? OptionalDouble.of((double) quota / period)
        : OptionalDouble.empty();
  }

  private static double throttled(Path group) {
    long periods = 0;
    long stopped = 0;
    for (String line : KernelFile.text(group.resolve("cpu.stat")).orElse("").lines().toList()) {
      String[] words = line.split(" ", 2);
      if (words.length == 2 && words[1].matches("\\d{1,18}")) {
        periods = words[0].equals("nr_periods") ? Long.parseLong(words[1]) : periods;
        stopped = words[0].equals("nr_throttled") ? Long.parseLong(words[1]) : stopped;
      }
    }
    return periods == 0 ? 0 : (double) stopped / periods;
  }
}
