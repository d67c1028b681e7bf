// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
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
  /**
   * The subcommands by their names, in the order of the help. Each is built when it is named: to
   * read the annotations of all takes longer than most commands run.
   */
  static final Map<String, Class<?>> SUBCOMMANDS = subcommands();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCode.USAGE;
  }

  private static Map<String, Class<?>> subcommands() {
    Map<String, Class<?>> all = new LinkedHashMap<>();
    all.put("quickstart", QuickstartCommand.class);
    all.put("mount", MountCommand.class);
    all.put("umount", UmountCommand.class);
    all.put("worker", WorkerCommand.class);
    all.put("status", StatusCommand.class);
    all.put("load", LoadCommand.class);
    all.put("free", FreeCommand.class);
    all.put("check", CheckCommand.class);
    all.put("doctor", DoctorCommand.class);
    all.put("csi", CsiCommand.class);
    all.put("bench", BenchCommand.class);
    all.put("stats", StatsCommand.class);
    all.put("refresh", RefreshCommand.class);
    all.put("where", WhereCommand.class);
    all.put("conf", ConfCommand.class);
    all.put("install", InstallCommand.class);
    all.put("version", VersionCommand.class);
    all.put("test", TestCommand.class);
    all.put("jvm-flags", JvmFlagsCommand.class);
    all.put("warm-up", WarmUpCommand.class);
    all.put("learn", LearnCommand.class);
    all.put("write-pages", WritePagesCommand.class);
    all.put("help", CommandLine.HelpCommand.class);
    return Collections.unmodifiableMap(all);
  }
}
