// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.client.ClientSettings;
import io.railfs.client.Cluster;
import io.railfs.client.ClusterException;
import io.railfs.client.WorkerStats;
import io.railfs.client.bulk.Bulk;
import io.railfs.client.bulk.BulkAction;
import io.railfs.client.bulk.BulkFailure;
import io.railfs.client.connect.ClusterClient;
import io.railfs.configuration.Conf;
import io.railfs.protocol.RailPath;
import io.railfs.supervision.RunDirectory;
import io.railfs.supervision.system.CommandException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.ExitCode;

/**
 * One walk over trees of the dataset for a command, with its progress and its end.
 *
 * @param replicas workers that each block is loaded into
 * @param bytesPerSecond most bytes a second to load; 0 for no limit
 * @param atOnce blocks that each worker is asked for at once
 */
record BulkRun(BulkAction action, int replicas, double bytesPerSecond, int atOnce, boolean json) {
  private static final int SHOWN_FAILURES = 20;

  /** As it is where nothing is loaded. */
  static BulkRun of(BulkAction action, boolean json) {
    return new BulkRun(action, 1, 0, 8, json);
  }

  /** Takes what is reported at the end. */
  interface Summary {
    void print(Bulk bulk);
  }

  /**
   * Runs to the end.
   *
   * @param list a file with further paths, or null
   * @return the command's exit code
   */
  int run(Conf conf, List<String> named, String list, Summary summary)
      throws CommandException, InterruptedException {
    List<RailPath> paths = DatasetPaths.of(RunDirectory.of(conf.config()), named, list);
    try {
      ClientSettings settings = ClientSettings.of(conf.config());
      try (Cluster cluster = ClusterClient.connect(settings);
          Bulk bulk = new Bulk(cluster, action, replicas, bytesPerSecond, atOnce)) {
        warn(cluster);
        warnOfReplicas(cluster.stats().workers());
        follow(bulk, paths, settings.metadataDeadline());
        summary.print(bulk);
        if (!json) {
          printFailures(bulk, conf.config());
        }
        return bulk.progress().errors() == 0 ? ExitCode.OK : ExitCode.SOFTWARE;
      }
    } catch (ConfigException e) {
      throw CommandException.wrong(Conf.sentence(e), e);
    } catch (ClusterException e) {
      throw new CommandException(e.getMessage(), e);
    }
  }

  private void warnOfReplicas(List<WorkerStats> workers) {
    long connected = workers.stream().filter(WorkerStats::connected).count();
    if (replicas > connected) {
      System.err.printf(
          "railfs: only %s %s connected, so each block is loaded %d of %d times%n",
          Count.of(connected, "worker"), connected == 1 ? "is" : "are", connected, replicas);
    }
  }

  private static void warn(Cluster cluster) {
    for (WorkerStats worker : cluster.stats().workers()) {
      if (!worker.connected()) {
        System.err.printf(
            "railfs: worker %s cannot be reached (%s)%n", worker.endpoint(), worker.lastError());
      }
    }
  }

  private void follow(Bulk bulk, List<RailPath> paths, Duration timeout)
      throws InterruptedException {
    BulkDisplay display = new BulkDisplay(bulk, json);
    AtomicBoolean ended = new AtomicBoolean();
    Thread stopped = new Thread(() -> display.stopped(ended.get()), "railfs-stopped");
    Runtime.getRuntime().addShutdownHook(stopped);
    Thread ticker = new Thread(() -> show(display), "railfs-progress");
    ticker.setDaemon(true);
    ticker.start();
    try {
      bulk.run(paths, timeout);
    } finally {
      ended.set(true);
      ticker.interrupt();
      ticker.join();
      display.ended();
    }
  }

  private static void show(BulkDisplay display) {
    try {
      while (true) {
        TimeUnit.MILLISECONDS.sleep(display.periodMillis());
        display.show();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void printFailures(Bulk bulk, Config config) {
    long errors = bulk.progress().errors();
    bulk.failures().stream()
        .limit(SHOWN_FAILURES)
        .forEach(failure -> System.err.println("railfs: " + sentence(failure, config)));
    if (errors > SHOWN_FAILURES) {
      System.err.printf(
          "railfs: and %d more; --json reports up to 1000%n", errors - SHOWN_FAILURES);
    }
  }

  private static String sentence(BulkFailure failure, Config config) {
    Optional<String> meant =
        failure.isNotThere() ? UfsPath.sentence(config, failure.path()) : Optional.empty();
    return meant.orElse(failure.path() + ": " + failure.problem());
  }
}
