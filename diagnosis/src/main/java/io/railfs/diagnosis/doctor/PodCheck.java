// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.railfs.fabric.facts.RdmaReadiness;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a pod of Kubernetes was given for the fabric: interfaces by Multus, RDMA devices by their
 * plugin, and the right to pin memory as it is effective. The chart shows a pod its own annotations
 * in {@value #ANNOTATIONS}; where that file is not, this is no pod.
 */
final class PodCheck implements Check {
  private static final String GROUP = "pod";
  static final String ANNOTATIONS = "etc/podinfo/annotations";
  static final String STATUS = "k8s.v1.cni.cncf.io/network-status";
  private static final String NETWORKS = "k8s.v1.cni.cncf.io/networks";
  private static final String DEFAULT_INTERFACE = "eth0";

  private static final String VERBS = "dev/infiniband";
  private static final String NAMESPACES = "sys/module/ib_core/parameters/netns_mode";

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.INTERFACES, CheckId.RDMA_DEVICE, CheckId.RDMA_NETNS, CheckId.IPC_LOCK);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    Optional<String> annotations = annotations(machine.root());
    if (annotations.isEmpty()) {
      return List.of();
    }
    List<Finding> findings = new ArrayList<>();
    findings.add(interfaces(annotations.get(), wanted));
    boolean hasVerbs = hasVerbs(machine.root());
    findings.add(
        Finding.ok(
            GROUP,
            "rdma-device",
            hasVerbs
                ? "an RDMA device is granted"
                : "no RDMA device is granted; none is needed for TCP"));
    text(machine.root().resolve(NAMESPACES)).ifPresent(mode -> findings.add(namespaces(mode)));
    findings.add(pinning(machine, hasVerbs));
    return findings;
  }

  /** What the chart shows a pod of itself; empty where this is no pod of it. */
  static Optional<String> annotations(Path root) {
    return text(root.resolve(ANNOTATIONS));
  }

  private static Optional<String> text(Path file) {
    try {
      return Optional.of(Files.readString(file, UTF_8).strip());
    } catch (IOException e) {
      // It is not there, or not for this user: then nothing is known.
      return Optional.empty();
    }
  }

  static boolean hasVerbs(Path root) {
    try (Stream<Path> files = Files.list(root.resolve(VERBS))) {
      return files.anyMatch(file -> String.valueOf(file.getFileName()).startsWith("uverbs"));
    } catch (IOException e) {
      return false;
    }
  }

  private static Finding interfaces(String annotations, RequiredSetup wanted) {
    List<String> missing = new ArrayList<>(wanted.devices());
    Optional<List<String>> reported = reported(annotations);
    if (reported.isPresent()) {
      missing.removeAll(reported.get());
    } else {
      missing.remove(DEFAULT_INTERFACE);
    }
    String seen =
        reported
            .map(names -> "Multus reports " + String.join(", ", names))
            .orElse("Multus reports no interfaces of this pod");
    if (missing.isEmpty()) {
      return Finding.ok(GROUP, "interfaces", seen);
    }
    return Finding.problem(
        GROUP,
        "interfaces",
        seen + "; the conf names " + String.join(", ", missing),
        annotation(annotations, NETWORKS).isEmpty()
            ? "the pod has no annotation " + NETWORKS + ": set network.mode of the chart"
            : "look at the events of the pod and the log of Multus on its node");
  }

  /** The interfaces of the pod; empty where Multus has not written them. */
  private static Optional<List<String>> reported(String annotations) {
    return annotation(annotations, STATUS).flatMap(PodCheck::interfaces);
  }

  private static Optional<List<String>> interfaces(String json) {
    try {
      return Optional.of(
          ConfigFactory.parseString("list = " + json).getConfigList("list").stream()
              .map(one -> one.hasPath("interface") ? one.getString("interface") : DEFAULT_INTERFACE)
              .toList());
    } catch (ConfigException e) {
      // Not what Multus writes.
      return Optional.empty();
    }
  }

  /** As the downward API writes them: a line each, the value as a string of Go. */
  static Optional<String> annotation(String annotations, String key) {
    Matcher line =
        Pattern.compile("(?m)^" + Pattern.quote(key) + "=(\".*\")$").matcher(annotations);
    if (!line.find()) {
      return Optional.empty();
    }
    try {
      return Optional.of(ConfigFactory.parseString("value = " + line.group(1)).getString("value"));
    } catch (ConfigException e) {
      return Optional.empty();
    }
  }

  private static Finding namespaces(String mode) {
    return Finding.ok(
        GROUP,
        "rdma-netns",
        mode.equals("N")
            ? "RDMA devices belong to one network namespace each (exclusive), as SR-IOV wants it"
            : "RDMA devices are shared by all network namespaces, as the shared device plugin wants it");
  }

  private static Finding pinning(MachineFacts machine, boolean hasVerbs) {
    Optional<Long> limit = machine.limits().map(limits -> limits.lockedMemory());
    if (limit.isEmpty() || limit.get() == Long.MAX_VALUE) {
      return Finding.ok(GROUP, "ipc-lock", "the runtime sets no limit of pinned memory");
    }
    String seen = "%d KiB may be pinned".formatted(limit.get() >> 10);
    if (new RdmaReadiness(machine.root()).mayLockAll()) {
      return Finding.ok(GROUP, "ipc-lock", seen + ", and IPC_LOCK is effective, so any amount");
    }
    return hasVerbs
        ? Finding.warning(
            GROUP,
            "ipc-lock",
            seen
                + (machine.isRoot()
                    ? ", and the container has no IPC_LOCK"
                    : ", and IPC_LOCK is not effective for this user"),
            "set network.rdma: true of the chart, which adds IPC_LOCK and runs as root, or"
                + " LimitMEMLOCK=infinity for containerd")
        : Finding.ok(GROUP, "ipc-lock", seen + "; nothing is pinned without an RDMA device");
  }
}
