// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.ConfigException;
import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.Environment;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.Exit;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** The entry of every RailFS process; {@link Exit} has the codes with which they end. */
public final class Main {
  private Main() {}

  /** Runs one command and ends the process. */
  public static void main(String[] arguments) {
    int code = commandLine().execute(arguments);
    System.out.flush();
    System.exit(code);
  }

  /** The command with all its subcommands. */
  static CommandLine commandLine() {
    return new CommandLine(new RailfsCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(Main::explain)
        .setParameterExceptionHandler(Main::explainUsage);
  }

  private static int explain(Exception problem, CommandLine command, ParseResult parsed) {
    command.getErr().println("railfs: " + sentence(problem));
    if (isUnexpected(problem) || Environment.ofThisProcess().get("RAILFS_DEBUG").isPresent()) {
      problem.printStackTrace(command.getErr());
    }
    return exit(problem).code();
  }

  private static Exit exit(Exception problem) {
    if (problem instanceof ConfException || problem instanceof ConfigException) {
      return Exit.WRONG;
    }
    return problem instanceof CommandException e ? e.exit() : Exit.FAILED;
  }

  private static boolean isUnexpected(Exception problem) {
    return !(problem instanceof CommandException
        || problem instanceof ConfException
        || problem instanceof ConfigException
        || problem instanceof InterruptedException);
  }

  private static String sentence(Exception problem) {
    if (problem instanceof ConfigException e) {
      return Conf.sentence(e);
    }
    if (problem instanceof InterruptedException) {
      return "interrupted";
    }
    return isUnexpected(problem)
        ? "this is an internal error (bug) of RailFS, please report it: " + problem
        : problem.getMessage();
  }

  private static int explainUsage(CommandLine.ParameterException problem, String[] arguments) {
    CommandLine command = problem.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command
        .getErr()
        .println("railfs: " + UsageSentence.of(problem) + "; see '" + name + " --help'");
    return Exit.WRONG.code();
  }
}
