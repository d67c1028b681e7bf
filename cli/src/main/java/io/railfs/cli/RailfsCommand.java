// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** railfs: without a subcommand it explains itself. */
@Command(
    name = "railfs",
    description = "Mounts a remote dataset, cached by workers, as a read-only file system.",
    mixinStandardHelpOptions = true,
    versionProvider = VersionCommand.Provider.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      QuickstartCommand.class,
      MountCommand.class,
      UmountCommand.class,
      WorkerCommand.class,
      StatusCommand.class,
      LoadCommand.class,
      FreeCommand.class,
      CheckCommand.class,
      DoctorCommand.class,
      CsiCommand.class,
      BenchCommand.class,
      StatsCommand.class,
      RefreshCommand.class,
      WhereCommand.class,
      ConfCommand.class,
      InstallCommand.class,
      VersionCommand.class,
      TestCommand.class,
      JvmFlagsCommand.class,
      WarmUpCommand.class,
      WritePagesCommand.class,
      CommandLine.HelpCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done, or all is well",
      "1:it could not be done, or something is not well; stderr says why",
      "2:the command line, the conf file or a setting is wrong",
      "32:mount: something is mounted there already"
    },
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  RAILFS_CONF_DIR    directory of railfs.conf and railfs-worker.conf",
      "  RAILFS_JAVA_HOME   the Java to run with; otherwise that of the installation,",
      "                     JAVA_HOME, or the first Java 17 or newer",
      "  RAILFS_DEBUG       if set, errors come with a stack trace",
      "",
      "'railfs help COMMAND' explains a command; docs/OPERATIONS.md, all together."
    })
final class RailfsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCode.USAGE;
  }
}
