// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options by which a person changes the conf. */
final class ConfOptions {
  @Option(
      names = {"-c", "--conf"},
      paramLabel = "CONF",
      description = "Conf file; otherwise the one in $$RAILFS_CONF_DIR or conf/.")
  private Path file;

  @Option(
      names = "-D",
      paramLabel = "KEY=VALUE",
      description = "Overrides one setting; may be given several times.")
  private List<String> overrides = List.of();

  /** These behind others: a file named here wins, and overrides are joined, these last. */
  ConfOptions after(ConfOptions before) {
    ConfOptions both = new ConfOptions();
    both.file = file == null ? before.file : file;
    both.overrides = new ArrayList<>(before.overrides);
    both.overrides.addAll(overrides);
    return both;
  }

  /** The conf file that was named. */
  Optional<Path> file() {
    return Optional.ofNullable(file);
  }

  /** The settings that were overridden. */
  List<String> overrides() {
    return overrides;
  }

  /** The conf with these and further overrides, which win. */
  Conf load(ProcessRole kind, List<String> further) throws ConfException {
    List<String> all = new ArrayList<>(overrides);
    all.addAll(further);
    return Conf.load(kind, Optional.ofNullable(file), all);
  }

  /** The arguments by which another process gets the same conf. */
  static List<String> arguments(Conf conf) {
    List<String> arguments = new ArrayList<>();
    conf.file().ifPresent(path -> arguments.addAll(List.of("-c", path.toString())));
    for (String override : conf.overrides()) {
      arguments.add("-D");
      arguments.add(override);
    }
    return arguments;
  }
}
