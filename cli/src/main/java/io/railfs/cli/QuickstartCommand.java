// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.configuration.ConfException;
import io.railfs.supervision.system.CommandException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** railfs quickstart; the launcher has installed and built what was missing before. */
@Command(
    name = "quickstart",
    description =
        "From a fresh machine to a mounted dataset: installs what is missing, builds, starts a"
            + " worker, mounts, and reads a file back to compare.",
    mixinStandardHelpOptions = true)
final class QuickstartCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "DATASET",
      description = "Directory to serve; otherwise a small sample dataset is generated.")
  private Path dataset;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "MOUNTPOINT",
      description = "Where to mount it; otherwise below the quickstart's own directory.")
  private Path mountpoint;

  @Override
  public Integer call() throws ConfException, CommandException, InterruptedException {
    Quickstart.of(Optional.ofNullable(dataset), Optional.ofNullable(mountpoint)).run();
    return 0;
  }
}
