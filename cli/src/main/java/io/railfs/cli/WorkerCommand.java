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
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** railfs worker. */
@Command(
    name = "worker",
    description = "Starts, stops or shows the cache worker of this machine.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nActions:%n",
    footer = {
      "  start    starts it in the background and returns when it serves; with -f it",
      "           stays in the foreground",
      "  stop     ends it in order; 'stop' and then 'start' restart it",
      "  status   shows how it is; --json for scripts"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done; status: all is well",
      "1:it could not be done; status: it does not answer, or something is not well",
      "2:the command line, the conf file or a setting is wrong"
    })
final class WorkerCommand implements Callable<Integer> {
  /** What to do with it. */
  enum Action {
    START,
    STOP,
    STATUS;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Mixin private ConfOptions confOptions;

  @Option(
      names = {"-f", "--foreground"},
      description = "start: stays in the foreground; its process is the worker, logging to stderr.")
  private boolean foreground;

  @Option(names = "--json", description = "status: prints JSON.")
  private boolean json;

  @Option(names = "--log-file", hidden = true)
  private Path logFile;

  @Parameters(paramLabel = "ACTION", description = "start, stop or status.")
  private Action action;

  @Override
  public Integer call() throws ConfException, CommandException, InterruptedException {
    Conf conf = confOptions.load(ProcessRole.WORKER, List.of());
    return switch (action) {
      case START -> start(conf);
      case STOP -> stop(conf);
      case STATUS -> status(conf);
    };
  }

  private int start(Conf conf) throws CommandException, InterruptedException {
    Optional<RunRecord> running = WorkerService.running(conf);
    if (running.isPresent() && logFile == null) {
      throw new CommandException(
          "the worker at %s is already running (pid %d)"
              .formatted(running.get().name(), running.get().pid().number()));
    }
    WorkerService worker = WorkerService.of(conf);
    if (foreground) {
      worker.serve(Optional.ofNullable(logFile));
      return ExitCode.OK;
    }
    RunRecord record = worker.startInBackground();
    System.out.printf(
        "worker runs at %s, pid %d, log %s%n", record.name(), record.pid().number(), record.log());
    if (Logging.isDebug(conf.config())) {
      System.err.printf("railfs: it was ready after %d ms%n", LaunchClock.millisSinceCommand());
    }
    return ExitCode.OK;
  }

  private static int stop(Conf conf) throws CommandException, InterruptedException {
    RunRecord record =
        WorkerService.running(conf)
            .orElseThrow(
                () ->
                    new CommandException(
                        "no worker of this user runs at " + WorkerService.endpoint(conf.config())));
    record.pid().terminate();
    long seconds = conf.config().getDuration("railfs.stop-timeout").toSeconds();
    if (!record.pid().awaitEnd(conf.config().getDuration("railfs.stop-timeout"))) {
      throw new CommandException(
          "the worker (pid %d) has not ended after %d s; its log: %s"
              .formatted(record.pid().number(), seconds, record.log()));
    }
    System.out.printf("worker at %s stopped, pid %d%n", record.name(), record.pid().number());
    return ExitCode.OK;
  }

  private int status(Conf conf) throws CommandException {
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

  /** Memory flags of the JVM that -f needs; empty where this command is not to stay. */
  Optional<List<String>> foregroundMemory() throws ConfException, CommandException {
    return foreground && action == Action.START
        ? Optional.of(WorkerService.of(confOptions.load(ProcessRole.WORKER, List.of())).memory())
        : Optional.empty();
  }
}
