// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision;

import com.typesafe.config.Config;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.Exit;
import io.railfs.supervision.system.Pid;
import io.railfs.supervision.systemd.SystemdNotifier;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Starts a process in the background, in a session of its own, and waits until it serves.
 *
 * @param id names its run file and log
 * @param runs where its run file is
 * @param logs where its log is
 * @param timeout longest wait
 */
public record Background(RunId id, RunDirectory runs, LogDirectory logs, Duration timeout) {
  private static final long POLL_MILLIS = 5;
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

  /** The one whose places and timeout the conf names. */
  public static Background of(RunId id, Config config) throws CommandException {
    return new Background(
        id,
        RunDirectory.of(config),
        LogDirectory.of(config),
        config.getDuration("railfs.start-timeout"));
  }

  /** The same for another process, whose run file is elsewhere and which may take longer. */
  public Background of(RunId otherId, RunDirectory otherRuns, Duration more) {
    return new Background(otherId, otherRuns, logs, timeout.plus(more));
  }

  /** The log of the process. */
  public Path log() {
    return logs.log(id);
  }

  /** Asks whether the process, which says that it is ready, is ready for others. */
  public interface Readiness {
    boolean isReady() throws CommandException, InterruptedException;
  }

  /**
   * Starts and waits.
   *
   * @param memory JVM flags of heap and buffers
   * @param mainClass what runs
   * @param arguments its arguments; paths must be absolute, it runs in /
   * @return the record of the process, which is ready
   * @throws CommandException where it failed, with its own sentence and the log's place; it is
   *     ended then
   */
  public RunRecord start(
      List<String> memory, String mainClass, List<String> arguments, Readiness readiness)
      throws CommandException, InterruptedException {
    runs.delete(id);
    Process process = spawn(JvmCommand.of(memory, mainClass, arguments));
    long deadline = System.nanoTime() + timeout.toNanos();
    while (System.nanoTime() - deadline < 0) {
      Optional<RunRecord> record = runs.read(id).filter(r -> r.pid().number() == process.pid());
      if (record.isPresent() && record.get().state() == RunState.FAILED) {
        boolean ended = process.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        runs.delete(id);
        Exit exit = ended ? Exit.of(process.exitValue()) : Exit.FAILED;
        throw new CommandException(exit, record.get().message() + place(), null);
      }
      if (!process.isAlive()) {
        runs.delete(id);
        throw new CommandException(
            Exit.of(process.exitValue()),
            "the process ended with exit code " + process.exitValue() + lastLine() + place(),
            null);
      }
      if (record.isPresent() && record.get().state() == RunState.READY && readiness.isReady()) {
        return record.get();
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    end(process);
    throw new CommandException(
        "it was not ready after %d s%s%s".formatted(timeout.toSeconds(), lastLine(), place()));
  }

  private Process spawn(List<String> command) throws CommandException {
    List<String> detached = new ArrayList<>();
    detached.add("setsid");
    detached.addAll(command);
    File output = logs.output(id).toFile();
    ProcessBuilder builder =
        new ProcessBuilder(detached)
            .directory(new File("/"))
            .redirectInput(new File("/dev/null"))
            .redirectOutput(output)
            .redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().keySet().removeAll(SystemdNotifier.VARIABLES);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new CommandException("a process cannot be started: " + e.getMessage(), e);
    }
  }

  private void end(Process process) throws CommandException, InterruptedException {
    Optional<Pid> pid = Pid.of(process.pid());
    if (pid.isPresent()) {
      process.destroy();
      if (!pid.get().awaitEnd(STOP_TIMEOUT)) {
        process.destroyForcibly();
        pid.get().awaitEnd(STOP_TIMEOUT);
      }
    }
    runs.delete(id);
  }

  private String place() {
    return "; log: " + logs.log(id);
  }

  /** What the JVM printed last, as when it refuses a flag or has no memory. */
  private String lastLine() {
    Path output = logs.output(id);
    try (Stream<String> lines = Files.lines(output)) {
      return lines
          .filter(line -> !line.isBlank())
          .reduce((first, second) -> second)
          .map(line -> ": " + line)
          .orElse("");
    } catch (IOException | UncheckedIOException e) {
      return ", and " + output + " cannot be read (" + e.getMessage() + ")";
    }
  }
}
