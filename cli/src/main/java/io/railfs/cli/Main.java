// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.ConfigException;
import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.Environment;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.Exit;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The entry of every RailFS process; {@link Exit} has the codes with which they end. */
public final class Main {
  private Main() {}

  /** Runs one command and ends the process. */
  public static void main(String[] arguments) {
    // The locale whose numbers the JDK formats without its locale data, 15 ms of a command.
    Locale.setDefault(Locale.US);
    int code = commandLine(arguments).execute(arguments);
    System.out.flush();
    // To exit, JDK 21 and newer first look for a logger, in every jar: 30 ms. The JVM ends with its
    // last thread too.
    if (code != 0 || othersRun()) {
      System.exit(code);
    }
  }

  /** Whether the process would outlive this thread. */
  private static boolean othersRun() {
    Thread[] threads = new Thread[Thread.activeCount() + 16];
    int count = Thread.enumerate(threads);
    boolean found = count == threads.length;
    for (int i = 0; i < count; i++) {
      found |= threads[i] != Thread.currentThread() && !threads[i].isDaemon();
    }
    return found;
  }

  /** The command with all its subcommands. */
  static CommandLine commandLine() {
    return commandLine(RailfsCommand.SUBCOMMANDS);
  }

  /** The command as far as these arguments need it: all of it where they name no subcommand. */
  static CommandLine commandLine(String... arguments) {
    String name = arguments.length == 0 ? "" : arguments[0];
    Class<?> named = RailfsCommand.SUBCOMMANDS.get(name);
    return named == null || named == CommandLine.HelpCommand.class
        ? commandLine()
        : commandLine(Map.of(name, named));
  }

  private static CommandLine commandLine(Map<String, Class<?>> subcommands) {
    CommandLine railfs = new CommandLine(new RailfsCommand());
    // A loop, as a lambda for it would keep picocli's largest class, of an old class format, out of
    // the archive of classes.
    for (Map.Entry<String, Class<?>> subcommand : subcommands.entrySet()) {
      railfs.addSubcommand(subcommand.getKey(), subcommand.getValue());
    }
    return railfs
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(new Explanations())
        .setParameterExceptionHandler(new Explanations());
  }

  /**
   * What is said of a failure. No lambdas: their interfaces, of an old class format, would then be
   * missing from the archive of classes, and each command would open the jars to find them.
   */
  private static final class Explanations
      implements IExecutionExceptionHandler, IParameterExceptionHandler {
    @Override
    public int handleExecutionException(
        Exception problem, CommandLine command, ParseResult parsed) {
      return explain(problem, command);
    }

    @Override
    public int handleParseException(ParameterException problem, String[] arguments) {
      return explainUsage(problem);
    }
  }

  private static int explain(Exception problem, CommandLine command) {
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

  private static int explainUsage(ParameterException problem) {
    CommandLine command = problem.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command
        .getErr()
        .println("railfs: " + UsageSentence.of(problem) + "; see '" + name + " --help'");
    return Exit.WRONG.code();
  }
}
