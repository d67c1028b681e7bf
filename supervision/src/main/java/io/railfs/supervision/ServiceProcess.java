// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision;

import io.railfs.configuration.Conf;
import io.railfs.supervision.logging.Logging;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.systemd.SystemdNotifier;
import io.railfs.supervision.systemd.SystemdWatchdog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of a serving process: it logs, reports in its run file how far it is, serves, and ends
 * when its service ends or SIGTERM, SIGINT or SIGHUP comes. Both ends meet in {@link #end}.
 */
public final class ServiceProcess {
  private static final Logger log = LoggerFactory.getLogger(ServiceProcess.class);

  private static final int FAILURE = 1;
  private static final Duration START_TIMEOUT = Duration.ofSeconds(30);

  private final RunDirectory runs;
  private final RunId id;
  private final RunRecord record;
  private final boolean background;
  private final SystemdNotifier manager;
  private final CountDownLatch startFinished = new CountDownLatch(1);
  private Service service;
  private boolean ended;

  private ServiceProcess(
      RunDirectory runs, RunId id, RunRecord record, boolean background, SystemdNotifier manager) {
    this.runs = runs;
    this.manager = manager;
    this.id = id;
    this.record = record;
    this.background = background;
  }

  /** Starts the service. */
  public interface Starter {
    /** Fails with {@link CommandException} with the one sentence that people see. */
    Service start() throws CommandException, InterruptedException;
  }

  /**
   * Serves until the end.
   *
   * @param runs where its run file is
   * @param logFile where to log; empty for the terminal
   * @throws CommandException where the service could not start
   */
  public static void run(
      Conf conf,
      RunDirectory runs,
      RunId id,
      RunRecord record,
      Optional<Path> logFile,
      Starter starter)
      throws CommandException, InterruptedException {
    Logging.start(conf.config(), logFile);
    ServiceProcess process =
        new ServiceProcess(runs, id, record, logFile.isPresent(), SystemdNotifier.ofThisProcess());
    process.run(starter);
  }

  private void run(Starter starter) throws CommandException, InterruptedException {
    runs.write(id, record);
    // Before the start: a signal during it waits for its end, so that no half-made mount stays.
    Runtime.getRuntime().addShutdownHook(new Thread(this::endBySignal, "railfs-stop"));
    Service started;
    try {
      started = starter.start();
    } catch (CommandException e) {
      failed(e);
      throw e;
    }
    synchronized (this) {
      service = started;
    }
    startFinished.countDown();
    runs.write(id, record.with(RunState.READY, String.join("\n", started.warnings())));
    log.debug(
        "{} is ready, {} ms after the command", record.name(), LaunchClock.millisSinceCommand());
    manager.ready(record.name());
    SystemdWatchdog keepAlive = SystemdWatchdog.start(started::isAlive, manager);
    try {
      started.await();
    } catch (CommandException e) {
      halt(e);
    } finally {
      keepAlive.close();
    }
    end();
  }

  /** What cannot be closed in order ends with the process, and whoever watches it starts again. */
  private void halt(CommandException problem) {
    log.error("{}; this process ends", problem.getMessage());
    Logging.stop();
    Runtime.getRuntime().halt(FAILURE);
  }

  private void failed(CommandException problem) throws CommandException {
    if (background) {
      log.error("{}; this process ends", problem.getMessage(), problem);
      runs.write(id, record.with(RunState.FAILED, problem.getMessage()));
    } else {
      log.debug("the start failed", problem);
      runs.delete(id, record.pid());
    }
    synchronized (this) {
      ended = true;
    }
    startFinished.countDown();
    Logging.stop();
  }

  private void endBySignal() {
    try {
      if (!startFinished.await(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("the start does not end; this process ends without it");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (end()) {
      // An orderly end is a success, also for a service manager; the JVM would say 143.
      Runtime.getRuntime().halt(0);
    }
  }

  /**
   * Ends once, whoever comes first; true for that one, false for the other and after a failed
   * start.
   */
  private synchronized boolean end() {
    if (ended) {
      return false;
    }
    ended = true;
    manager.stopping();
    if (service != null) {
      service.close();
    }
    try {
      runs.delete(id, record.pid());
    } catch (CommandException e) {
      log.warn("{}; it is ignored, as the process it names has gone", e.getMessage());
    }
    log.info("{} has ended", record.name());
    Logging.stop();
    return true;
  }
}
