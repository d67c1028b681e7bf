// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A tree of src/test/resources/machines, changed by a test, and what the doctor says of it. */
final class CapturedMachine {
  static final String PORT = "sys/class/infiniband/mlx5_0/ports/1/";
  static final String PCI = "sys/class/infiniband/mlx5_0/device/";
  static final String IB0 = "sys/class/net/ib0/";
  private static final Map<String, List<String>> ADDRESSES =
      Map.of("lo", List.of("127.0.0.1"), "eth0", List.of("192.0.2.7"), "ib0", List.of("10.1.0.5"));

  private final Path root;

  private CapturedMachine(Path root) {
    this.root = root;
  }

  static CapturedMachine of(String tree, Path root) throws IOException {
    MachineTree.make(tree, root);
    return new CapturedMachine(root);
  }

  /** Another file, or another content. */
  CapturedMachine with(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text + "\n");
    return this;
  }

  /** Another text in the place of one. */
  CapturedMachine replacing(String path, String old, String text) throws IOException {
    Path file = root.resolve(path);
    String content = Files.readString(file);
    if (!content.contains(old)) {
      throw new IllegalArgumentException(old + " is not in " + path);
    }
    Files.writeString(file, content.replace(old, text));
    return this;
  }

  CapturedMachine without(String path) throws IOException {
    Files.delete(root.resolve(path));
    return this;
  }

  MachineFacts facts() {
    return MachineFacts.of(root, true, name -> ADDRESSES.getOrDefault(name, List.of()));
  }

  List<Finding> findings() {
    return findings("");
  }

  /** With settings beside the name of the device. */
  List<Finding> findings(String settings) {
    Config config =
        ConfigFactory.parseString("railfs.client.data.bind.device = ib0\n" + settings)
            .withFallback(ConfigFactory.defaultReference())
            .resolve();
    return LocalDoctor.look(facts(), RequiredSetup.of(config, Optional.empty()), Selection.all());
  }

  /** The first finding of a check. */
  Finding find(CheckId id) {
    return findings().stream()
        .filter(finding -> finding.id() == id)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + id.text()));
  }
}
