// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.fabric.trust.Side;
import io.railfs.supervision.LaunchClock;
import io.railfs.supervision.RunRecord;
import io.railfs.supervision.logging.Logging;
import io.railfs.supervision.system.CommandException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** railfs worker. */
@Command(
    name = "worker",
    description = "Starts, stops, restarts or shows the cache worker of this machine.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "start|stop|restart|status",
    subcommands = {
      WorkerCommand.Start.class,
      WorkerCommand.Stop.class,
      WorkerCommand.Restart.class,
      WorkerCommand.Status.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done; status: all is well",
      "1:it could not be done; status: it does not answer, or something is not well",
      "2:the command line, the conf file or a setting is wrong"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  railfs worker start                    with conf/railfs-worker.conf",
      "  railfs worker start -c /etc/railfs/other.conf",
      "  railfs worker status --json"
    })
final class WorkerCommand implements Callable<Integer> {
  /** Options before the action, as units of earlier installations give them. */
  @Mixin private ConfOptions confOptions;

  @Option(
      names = {"-f", "--foreground"},
      hidden = true)
  private boolean foreground;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCode.USAGE;
  }

  private Conf conf(ConfOptions own) throws ConfException {
    return own.after(confOptions).load(ProcessRole.WORKER, List.of());
  }

  /** railfs worker start. */
  @Command(
      name = "start",
      description = "Starts the worker in the background and returns when it serves.",
      mixinStandardHelpOptions = true)
  static final class Start implements Callable<Integer> {
    @ParentCommand private WorkerCommand worker;
    @Mixin private ConfOptions confOptions;

    @Option(
        names = {"-f", "--foreground"},
        description = "Stays in the foreground: this process is the worker, logging to stderr.")
    private boolean foreground;

    @Option(names = "--log-file", hidden = true)
    private Path logFile;

    @Override
    public Integer call() throws ConfException, CommandException, InterruptedException {
      Conf conf = worker.conf(confOptions);
      Optional<RunRecord> running = WorkerService.running(conf);
      if (running.isPresent() && logFile == null) {
        throw new CommandException(
            "the worker at %s is already running (pid %d)"
                .formatted(running.get().name(), running.get().pid().number()));
      }
      if (stays()) {
        WorkerService.of(conf).serve(Optional.ofNullable(logFile));
      } else {
        startInBackground(conf, WorkerService.of(conf));
      }
      return ExitCode.OK;
    }

    private boolean stays() {
      return foreground || worker.foreground;
    }

    /** Memory flags of the JVM that -f needs; empty where this command is not to stay. */
    Optional<List<String>> foregroundMemory() throws ConfException, CommandException {
      return stays()
          ? Optional.of(WorkerService.of(worker.conf(confOptions)).memory())
          : Optional.empty();
    }
  }

  private static void startInBackground(Conf conf, WorkerService worker)
      throws CommandException, InterruptedException {
    RunRecord record = worker.startInBackground();
    System.out.printf(
        "worker runs at %s, pid %d, log %s%n", record.name(), record.pid().number(), record.log());
    if (Logging.isDebug(conf.config())) {
      System.err.printf("railfs: it was ready after %d ms%n", LaunchClock.millisSinceCommand());
    }
  }

  /** railfs worker stop. */
  @Command(
      name = "stop",
      description =
          "Stops the worker gracefully: reads in progress are answered first, for at most"
              + " railfs.stop-timeout.",
      mixinStandardHelpOptions = true)
  static final class Stop implements Callable<Integer> {
    @ParentCommand private WorkerCommand worker;
    @Mixin private ConfOptions confOptions;

    @Override
    public Integer call() throws ConfException, CommandException, InterruptedException {
      Conf conf = worker.conf(confOptions);
      stop(
          conf,
          WorkerService.running(conf)
              .orElseThrow(
                  () ->
                      new CommandException(
                          "no worker of this user runs at "
                              + WorkerService.endpoint(conf.config()))));
      return ExitCode.OK;
    }
  }

  private static void stop(Conf conf, RunRecord record)
      throws CommandException, InterruptedException {
    Duration limit = conf.config().getDuration("railfs.stop-timeout");
    record.pid().terminate();
    if (!record.pid().awaitEnd(limit)) {
      throw new CommandException(
          "the worker (pid %d) has not ended after %d s; its log: %s"
              .formatted(record.pid().number(), limit.toSeconds(), record.log()));
    }
    System.out.printf("worker at %s stopped, pid %d%n", record.name(), record.pid().number());
  }

  /** railfs worker restart. */
  @Command(
      name = "restart",
      description = {
        "Stops the worker, where it runs, and starts it in the background. The settings are checked"
            + " before anything is stopped."
      },
      mixinStandardHelpOptions = true)
  static final class Restart implements Callable<Integer> {
    @ParentCommand private WorkerCommand worker;
    @Mixin private ConfOptions confOptions;

    @Override
    public Integer call() throws ConfException, CommandException, InterruptedException {
      Conf conf = worker.conf(confOptions);
      // Checks the settings, before anything is stopped.
      WorkerService service = WorkerService.of(conf);
      Optional<RunRecord> running = WorkerService.running(conf);
      if (running.isPresent()) {
        stop(conf, running.get());
      }
      startInBackground(conf, service);
      return ExitCode.OK;
    }
  }

  /** railfs worker status. */
  @Command(
      name = "status",
      description = "Shows the state of the worker: its store, its UFS, and what is not well.",
      mixinStandardHelpOptions = true)
  static final class Status implements Callable<Integer> {
    @ParentCommand private WorkerCommand worker;
    @Mixin private ConfOptions confOptions;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Override
    public Integer call() throws ConfException, CommandException {
      Conf conf = worker.conf(confOptions);
      WorkerList workers =
          WorkerList.of(
              List.of(WorkerService.endpoint(conf.config()).toString()),
              conf.config(),
              Side.OWN_WORKER);
      workers.print(json);
      Optional<RunRecord> running = WorkerService.running(conf);
      if (!workers.allReachable() && running.isPresent()) {
        System.err.printf("railfs: its process runs (pid %d)%n", running.get().pid().number());
      }
      return workers.isWell() ? ExitCode.OK : ExitCode.SOFTWARE;
    }
  }
}
