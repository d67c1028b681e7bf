// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The chart, handled by the real helm and kubectl, which are fetched once. */
final class Chart {
  static final Path DIRECTORY =
      MountEnvironment.HOME.resolve("deploy/kubernetes/railfs").normalize();
  private static final Path TOOLS =
      MountEnvironment.HOME.resolve("integration-tests/target/kubernetes-tools").normalize();
  private static final KubernetesSerialization YAML = new KubernetesSerialization();
  private static final Duration LIMIT = Duration.ofMinutes(2);

  static {
    Shell.bash("\"$1/deploy/kubernetes/fetch-tools\" \"$2\"", MountEnvironment.HOME, TOOLS).ok();
  }

  private Chart() {}

  private static Shell.Result run(String tool, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(TOOLS.resolve(tool).toString()));
    command.addAll(arguments);
    // Without a home nothing of this machine's user counts, such as a cluster of theirs.
    return Shell.run(
        LIMIT, Map.of("HOME", "/nonexistent", "KUBECONFIG", "/nonexistent"), null, command);
  }

  private static Path file(String text) {
    try {
      return Files.writeString(Files.createTempFile("railfs-chart", ".yaml"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** helm lint --strict with these values. */
  static Shell.Result lint(String values) {
    return run(
        "helm", List.of("lint", "--strict", DIRECTORY.toString(), "-f", file(values).toString()));
  }

  /** helm template with these values, as release "r" in namespace "storage". */
  static Shell.Result template(String values) {
    return run(
        "helm",
        List.of(
            "template",
            "r",
            DIRECTORY.toString(),
            "--namespace",
            "storage",
            "-f",
            file(values).toString()));
  }

  /** The objects that are rendered of these values, as text each. */
  static List<String> render(String values) {
    List<String> objects = new ArrayList<>();
    for (String document : template(values).ok().out().split("(?m)^---\\s*$", -1)) {
      if (document.lines().anyMatch(line -> !line.isBlank() && !line.startsWith("#"))) {
        objects.add(document);
      }
    }
    return objects;
  }

  /** A document as maps, lists and values. */
  static Object plain(String document) {
    return YAML.unmarshal(document, Object.class);
  }

  /** A document of an object as maps, lists and values. */
  static Map<?, ?> tree(String document) {
    return (Map<?, ?>) plain(document);
  }

  /** A document as the object of the Kubernetes API that it is. */
  static HasMetadata object(String document) {
    return YAML.unmarshal(document);
  }

  /** What kubectl, without a cluster, finds wrong with documents. */
  static Shell.Result kubectl(String documents) {
    return run(
        "kubectl",
        List.of(
            "annotate",
            "--local",
            "--dry-run=client",
            "-o",
            "name",
            "-f",
            file(documents).toString(),
            "railfs.io/checked=yes"));
  }
}
