// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import static java.util.Objects.requireNonNull;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Whether a network interface can be used for RDMA, as far as the kernel shows it: each reason why
 * not is one sentence with its cure. What it does not show turns up when the port is opened.
 *
 * @param root where the machine is: / but in tests
 */
public record RdmaReadiness(Path root) {
  private static final String ROCE_V2 = "RoCE v2";

  /** CAP_IPC_LOCK in linux/capability.h: pins as much as it wants. */
  private static final int IPC_LOCK = 14;

  private static final int HEXADECIMAL = 16;
  private static final Pattern CAPABILITIES = Pattern.compile("[0-9a-f]{1,16}");

  public RdmaReadiness {
    requireNonNull(root, "root is null");
  }

  /** Of this machine. */
  public static RdmaReadiness of(Path root) {
    return new RdmaReadiness(root);
  }

  /**
   * Why the interface cannot be used.
   *
   * @param netdev name of the interface
   * @param memory bytes that will be pinned
   * @return a sentence; empty where nothing is known against it
   */
  public Optional<String> problem(String netdev, long memory) {
    return modules().or(this::nodes).or(() -> device(netdev)).or(() -> memory(memory));
  }

  private Optional<String> modules() {
    KernelModules modules = KernelModules.of(root);
    for (String module : List.of("ib_uverbs", "rdma_cm", "rdma_ucm")) {
      if (!modules.has(module)) {
        return Optional.of(
            ("the kernel module %s, which RDMA needs, is not loaded; load it on the host (modprobe"
                    + " %s) and at its start (a line in /etc/modules-load.d/railfs.conf)")
                .formatted(module, module));
      }
    }
    return Optional.empty();
  }

  /** The device files, which a container has to be given. */
  private Optional<String> nodes() {
    Path directory = root.resolve("dev/infiniband");
    boolean hasVerbs =
        KernelFile.entries(directory).stream()
            .anyMatch(entry -> KernelFile.name(entry).startsWith("uverbs"));
    if (hasVerbs && Files.exists(directory.resolve("rdma_cm"))) {
      return Optional.empty();
    }
    return Optional.of(
        "there are no device files for RDMA in /dev/infiniband (rdma_cm, uverbs0); give them to the"
            + " container (--device /dev/infiniband, or a device plugin of Kubernetes) with the"
            + " capability IPC_LOCK, or load the driver of the adapter on the host");
  }

  private Optional<String> device(String netdev) {
    Optional<HcaPort> found = HcaPort.of(root, netdev);
    if (found.isEmpty()) {
      return Optional.of(isExclusive() ? absent(netdev) : none(netdev));
    }
    HcaPort port = found.get();
    if (!port.isActive()) {
      return Optional.of(
          ("port %d of %s, the RDMA device of %s, is %s and not ACTIVE; look at its cable and switch,"
                  + " and on InfiniBand at the subnet manager (railfs doctor)")
              .formatted(port.number(), port.hca(), netdev, port.state()));
    }
    boolean ethernet = port.linkLayer().equals("Ethernet");
    Set<String> types = port.gidTypes();
    if (ethernet && !types.isEmpty() && !types.contains(ROCE_V2)) {
      return Optional.of(
          ("port %d of %s has no GID of the kind RoCE v2, only %s; enable RoCE v2 in its driver, or"
                  + " name another device")
              .formatted(port.number(), port.hca(), String.join(", ", types)));
    }
    return Optional.empty();
  }

  /** Whether each network namespace sees its own RDMA devices alone. */
  private boolean isExclusive() {
    return KernelFile.text(root.resolve("sys/module/ib_core/parameters/netns_mode"))
        .orElse("Y")
        .equals("N");
  }

  private static String absent(String netdev) {
    return ("the RDMA device of %s is not in this network namespace, and the kernel shares none (netns"
            + " mode exclusive); move it here (rdma dev set DEVICE netns NAME), or share them (rdma"
            + " system set netns shared)")
        .formatted(netdev);
  }

  private String none(String netdev) {
    List<HcaPort> ports = HcaPort.all(root);
    return ("the network device %s has no RDMA device; name an IPoIB or RoCE interface (RDMA devices"
            + " here: %s)")
        .formatted(
            netdev,
            ports.isEmpty()
                ? "none"
                : ports.stream().map(HcaPort::name).collect(Collectors.joining(", ")));
  }

  private Optional<String> memory(long bytes) {
    long allowed =
        ProcessLimits.of(root).map(ProcessLimits::lockedMemory).orElse(ProcessLimits.UNLIMITED);
    if (allowed >= bytes || mayLockAll()) {
      return Optional.empty();
    }
    return Optional.of(
        ("RDMA pins %d MiB of memory, and this process may lock %d KiB; add LimitMEMLOCK=infinity to"
                + " its unit (systemctl edit), raise ulimit -l, or give its container the capability"
                + " IPC_LOCK")
            .formatted(bytes >> 20, allowed >> 10));
  }

  /** Whether this process may lock as much memory as it wants: CAP_IPC_LOCK is effective. */
  public boolean mayLockAll() {
    return KernelFile.field(root.resolve("proc/self/status"), "CapEff")
        .filter(bits -> CAPABILITIES.matcher(bits).matches())
        .filter(bits -> (Long.parseUnsignedLong(bits, HEXADECIMAL) >> IPC_LOCK & 1) == 1)
        .isPresent();
  }
}
