// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.Config;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import io.railfs.client.Endpoint;
import io.railfs.client.KnownCluster;
import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.fabric.trust.Side;
import io.railfs.supervision.RunDirectory;
import io.railfs.supervision.RunId;
import io.railfs.supervision.RunRecord;
import io.railfs.supervision.RunState;
import io.railfs.supervision.system.CommandException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** railfs status. */
@Command(
    name = "status",
    description =
        "Shows the state of the cluster: the mounts of this machine, the workers that the conf, etcd and"
            + " the mounts name, and what is degraded and why.",
    footerHeading = "%nExamples:%n",
    footer = {"  railfs status", "  railfs status --json"},
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:all is well", "1:something is degraded"})
final class StatusCommand implements Callable<Integer> {
  @Mixin private ConfOptions confOptions;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public Integer call() throws ConfException, CommandException, InterruptedException {
    // Netty would look for other logging libraries in every jar.
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    Conf conf = confOptions.load(ProcessRole.MOUNT, List.of());
    RunDirectory runs = RunDirectory.of(conf.config());
    MountList mounts = MountList.of(runs);
    Map<String, StatsSample> samples = rails(runs);
    WorkerProbes askers = new WorkerProbes();
    for (RunRecord record : runs.running()) {
      Config own = config(record, conf);
      askers.add(record.endpoints(), own);
      StatsSample sample = samples.get(record.name());
      askers.add(sample == null ? Set.of() : sample.endpoints(), own);
    }
    String unknown = "";
    LostWorkers lost = new LostWorkers();
    try {
      KnownCluster known = KnownWorkers.cluster(conf.config());
      askers.add(known.workers().stream().map(Endpoint::toString).toList(), conf.config());
      lost.add(known.lost());
    } catch (CommandException e) {
      unknown = e.getMessage();
    }
    samples.values().forEach(lost::add);
    askers.add(lost.endpoints(), conf.config());
    WorkerList workers = WorkerList.of(askers.byEndpoint(), Side.CLIENT);
    ClusterSummary summary = ClusterSummary.of(workers, samples, mounts, lost, unknown);
    print(summary, mounts, samples, workers, lost);
    return summary.isWell() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  /** What a mount was started with; where that cannot be read any more, what this command has. */
  private static Config config(RunRecord record, Conf fallback) {
    Optional<Path> file = Optional.of(record.conf()).filter(f -> !f.isEmpty()).map(Path::of);
    boolean same = file.equals(fallback.file()) && record.overrides().equals(fallback.overrides());
    if (record.kind() != ProcessRole.MOUNT || same) {
      return fallback.config();
    }
    try {
      return Conf.load(ProcessRole.MOUNT, file, record.overrides()).config();
    } catch (ConfException e) {
      System.err.println("railfs: the workers of " + record.name() + ": " + e.getMessage());
      return fallback.config();
    }
  }

  /** What the mounts that run report of their rails, by mountpoint. */
  private static Map<String, StatsSample> rails(RunDirectory runs) throws CommandException {
    Map<String, StatsSample> samples = new LinkedHashMap<>();
    for (RunRecord record : runs.running()) {
      if (record.kind() == ProcessRole.MOUNT && record.state() == RunState.READY) {
        try {
          String text = runs.stats(RunId.ofMount(Path.of(record.name())));
          samples.put(record.name(), StatsSample.of(text));
        } catch (CommandException e) {
          System.err.println("railfs: " + e.getMessage());
        }
      }
    }
    return samples;
  }

  private void print(
      ClusterSummary summary,
      MountList mounts,
      Map<String, StatsSample> rails,
      WorkerList workers,
      LostWorkers lost) {
    if (json) {
      Map<String, Object> both = new LinkedHashMap<>();
      both.put("cluster", summary.toJson());
      both.put("mounts", mounts.toJson());
      Map<String, Object> reported = new LinkedHashMap<>();
      rails.forEach((mountpoint, sample) -> reported.put(mountpoint, sample.workers()));
      both.put("rails", reported);
      Map<String, Object> metrics = new LinkedHashMap<>();
      rails.forEach((mountpoint, sample) -> metrics.put(mountpoint, sample.metricsUrl()));
      both.put("metrics", metrics);
      both.put("workers", workers.toJson());
      both.put("lost", lost.toJson());
      JsonOutput.print(both);
      return;
    }
    summary.print();
    if (mounts.lines().isEmpty()) {
      System.out.println("no mounts");
    }
    mounts.print(false);
    System.out.println();
    rails.forEach(
        (mountpoint, sample) -> {
          System.out.println("rails of " + mountpoint);
          sample.totals().print();
          sample.transportProblems().forEach(System.out::println);
          if (!sample.metricsUrl().isEmpty()) {
            System.out.println("metrics at " + sample.metricsUrl());
          }
          System.out.println();
        });
    workers.print(false);
  }
}
