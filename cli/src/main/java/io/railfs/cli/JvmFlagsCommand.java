// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.configuration.ConfException;
import io.railfs.supervision.JvmCommand;
import io.railfs.supervision.system.CommandException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Unmatched;

/**
 * Prints the flags that the launcher gives to the JVM of a command that stays in the foreground,
 * one a line; nothing where the command does not stay. The launcher then becomes that JVM, so that
 * the process that a service manager started is the one that serves.
 */
@Command(name = "jvm-flags", hidden = true)
final class JvmFlagsCommand implements Callable<Integer> {
  @Unmatched private List<String> arguments;

  @Override
  public Integer call() throws ConfException, CommandException {
    memory()
        .ifPresent(
            memory -> JvmCommand.flags(arguments.get(0), memory).forEach(System.out::println));
    return 0;
  }

  private Optional<List<String>> memory() throws ConfException, CommandException {
    ParseResult parsed;
    try {
      String[] words = arguments.toArray(String[]::new);
      parsed = Main.commandLine(words).parseArgs(words);
    } catch (CommandLine.ParameterException e) {
      // The command itself says so better, in the ordinary way.
      return Optional.empty();
    }
    while (parsed.hasSubcommand()) {
      parsed = parsed.subcommand();
    }
    Object command = parsed.commandSpec().userObject();
    if (command instanceof MountCommand mount) {
      return mount.foregroundMemory();
    }
    return command instanceof WorkerCommand.Start worker
        ? worker.foregroundMemory()
        : Optional.empty();
  }
}
