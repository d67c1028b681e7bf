// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.base.HumanReadable;
import io.railfs.fabric.facts.KernelFile;
import io.railfs.fabric.facts.Neighbours;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Limits of the kernel's network: windows of TCP, the tables of neighbours and of connections. */
final class KernelCheck implements Check {
  private static final String GROUP = "kernel";

  /** What the kernel's own defaults and the guides of adapters for fast links have at least. */
  private static final long WINDOW = 4 << 20;

  private static final double NEARLY_FULL = 0.8;
  private static final int MANY = 64;

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.TCP_BUFFERS, CheckId.NEIGHBOUR_TABLE, CheckId.CONNECTION_TRACKING);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<Finding> findings = new ArrayList<>();
    if (!machine.hardwareRails(wanted).isEmpty()) {
      buffers(machine.root()).ifPresent(findings::add);
    }
    neighbours(machine.root()).ifPresent(findings::add);
    connections(machine.root()).ifPresent(findings::add);
    return findings;
  }

  private static Path sysctl(Path root, String name) {
    return root.resolve("proc/sys/net").resolve(name);
  }

  private static Optional<Finding> buffers(Path root) {
    OptionalLong receive = most(root, "ipv4/tcp_rmem");
    OptionalLong send = most(root, "ipv4/tcp_wmem");
    if (receive.isEmpty() || send.isEmpty()) {
      return Optional.empty();
    }
    boolean scaling = KernelFile.number(sysctl(root, "ipv4/tcp_window_scaling")).orElse(1) != 0;
    boolean enough = receive.getAsLong() >= WINDOW && send.getAsLong() >= WINDOW && scaling;
    return Optional.of(
        Finding.of(
            enough ? Level.OK : Level.WARNING,
            GROUP,
            CheckId.TCP_BUFFERS.text(),
            "windows of up to %s in, %s out%s"
                .formatted(
                    HumanReadable.bytes(receive.getAsLong()),
                    HumanReadable.bytes(send.getAsLong()),
                    scaling ? "" : ", but none above 64 KiB, as tcp_window_scaling is 0"),
            "run 'sysctl -w net.ipv4.tcp_window_scaling=1 net.ipv4.tcp_rmem=\"4096 131072 16777216\""
                + " net.ipv4.tcp_wmem=\"4096 65536 16777216\"', and write it into"
                + " /etc/sysctl.d/90-railfs.conf"));
  }

  /** The last of three numbers. */
  private static OptionalLong most(Path root, String name) {
    String[] numbers = KernelFile.text(sysctl(root, name)).orElse("").split("\\s+", -1);
    return numbers.length == 3 && numbers[2].matches("\\d{1,18}")
        ? OptionalLong.of(Long.parseLong(numbers[2]))
        : OptionalLong.empty();
  }

  private static Optional<Finding> neighbours(Path root) {
    OptionalLong most = KernelFile.number(sysctl(root, "ipv4/neigh/default/gc_thresh3"));
    int known = Neighbours.of(root).entries().size();
    if (most.isEmpty() || known < MANY) {
      return Optional.empty();
    }
    return Optional.of(
        Finding.of(
            known < most.getAsLong() * NEARLY_FULL ? Level.OK : Level.WARNING,
            GROUP,
            CheckId.NEIGHBOUR_TABLE.text(),
            "%d of %d entries (gc_thresh3)".formatted(known, most.getAsLong()),
            "run 'sysctl -w net.ipv4.neigh.default.gc_thresh3=%d net.ipv4.neigh.default.gc_thresh2=%d'"
                .formatted(8 * most.getAsLong(), 4 * most.getAsLong())));
  }

  private static Optional<Finding> connections(Path root) {
    OptionalLong most = KernelFile.number(sysctl(root, "netfilter/nf_conntrack_max"));
    OptionalLong now = KernelFile.number(sysctl(root, "netfilter/nf_conntrack_count"));
    if (most.isEmpty() || now.isEmpty() || now.getAsLong() < MANY) {
      return Optional.empty();
    }
    return Optional.of(
        Finding.of(
            now.getAsLong() < most.getAsLong() * NEARLY_FULL ? Level.OK : Level.WARNING,
            GROUP,
            CheckId.CONNECTION_TRACKING.text(),
            "%d of %d connections are tracked".formatted(now.getAsLong(), most.getAsLong()),
            "run 'sysctl -w net.netfilter.nf_conntrack_max=%d'; a full table drops packets of new"
                    .formatted(4 * most.getAsLong())
                + " connections"));
  }
}
