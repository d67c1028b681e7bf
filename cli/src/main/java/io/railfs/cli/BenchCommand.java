// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** railfs bench. */
@Command(
    name = "bench",
    description = "Measures the network, and reads, and names the part that limits.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "net|read",
    subcommands = {BenchNetCommand.class, BenchReadCommand.class})
final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCode.USAGE;
  }
}
