// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.Config;
import io.railfs.client.ClientSettings;
import io.railfs.client.Cluster;
import io.railfs.client.ClusterException;
import io.railfs.client.connect.ClusterClient;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.diagnosis.bench.Baseline;
import io.railfs.diagnosis.bench.Bottleneck;
import io.railfs.diagnosis.bench.ClientFile;
import io.railfs.diagnosis.bench.DatasetFile;
import io.railfs.diagnosis.bench.MountedFile;
import io.railfs.diagnosis.bench.ReadSource;
import io.railfs.diagnosis.bench.ReadWorkload;
import io.railfs.diagnosis.bench.WorkloadPlan;
import io.railfs.diagnosis.bench.WorkloadResult;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Transport;
import io.railfs.fabric.facts.Traffic;
import io.railfs.fabric.trust.Side;
import io.railfs.fabric.trust.Trust;
import io.railfs.fabric.trust.TrustSettings;
import io.railfs.supervision.system.CommandException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** railfs bench read. */
@Command(
    name = "read",
    description =
        "Measures reads of a file that is hot: below a mount, or of the dataset straight through"
            + " the client (--client, or no FILE). Reports whether network, processors or reads"
            + " limit.",
    footerHeading = "%nExamples:%n",
    footer = {"  railfs bench read /mnt/data/train/shard-0001.tar"},
    mixinStandardHelpOptions = true)
final class BenchReadCommand implements Callable<Integer> {
  private static final Duration BASELINE = Duration.ofSeconds(1);
  private static final Duration SEARCH = Duration.ofSeconds(10);
  private static final long MAX_BUFFERS = 32 << 20;

  @Mixin private ConfOptions confOptions;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      description = "A file below a mount; with --client its path in the dataset. None: any file.")
  private String file;

  @Option(names = "--client", description = "Reads without a mount, straight through the client.")
  private boolean client;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      defaultValue = "1GiB",
      description = "Bytes from the start of the file that are read; ${DEFAULT-VALUE}.")
  private String size;

  @Option(
      names = "--streams",
      paramLabel = "N",
      defaultValue = "4",
      description = "Threads that read at once, 1 to 64; ${DEFAULT-VALUE}.")
  private int streams;

  @Option(names = "--random", description = "Each read is somewhere else, not behind the last.")
  private boolean random;

  @Option(
      names = "--block-size",
      paramLabel = "SIZE",
      description = "Bytes of each read; 512KiB, with --random 4KiB, where not given.")
  private String blockSize;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "5s",
      description = "How long it is measured; ${DEFAULT-VALUE}.")
  private String duration;

  @Option(names = "--direct", description = "FILE: goes around the kernel's page cache (O_DIRECT).")
  private boolean direct;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public Integer call() throws ConfException, CommandException, InterruptedException {
    Config config = confOptions.load(ProcessRole.MOUNT, List.of()).config();
    checkOptions();
    try {
      if (file == null || client) {
        readThroughClient(config);
      } else {
        Path path = MountedPath.of(file).whole();
        try (MountedFile source = MountedFile.open(path, direct, block())) {
          measure(config, source, file);
        }
      }
      return ExitCode.OK;
    } catch (IOException | ClusterException e) {
      throw new CommandException(String.valueOf(e.getMessage()), e);
    }
  }

  private void checkOptions() throws CommandException {
    if (streams < 1 || streams > WorkloadPlan.MAX_STREAMS) {
      throw CommandException.wrong("--streams " + streams + " is not between 1 and 64");
    }
    if ((long) streams * block() > MAX_BUFFERS) {
      throw CommandException.wrong(
          "--streams times --block-size is more than 32MiB; choose less of one");
    }
    if (direct && block() % 4096 != 0) {
      throw CommandException.wrong("--direct needs a --block-size that is a multiple of 4KiB");
    }
  }

  private int block() throws CommandException {
    String text = blockSize != null ? blockSize : random ? "4KiB" : "512KiB";
    return (int) Math.min(MAX_BUFFERS + 1, CliParsers.bytes("--block-size", text));
  }

  private void readThroughClient(Config config)
      throws ClusterException, IOException, CommandException, InterruptedException {
    ClientSettings settings = ClientSettings.of(config);
    try (Cluster cluster = ClusterClient.connect(settings)) {
      DatasetFile dataset =
          file != null
              ? DatasetFile.at(cluster.metadata(), file, settings.metadataDeadline())
              : DatasetFile.find(cluster.metadata(), SEARCH)
                  .orElseThrow(
                      () -> new CommandException("the dataset has no file; name one as FILE"));
      try (ClientFile source = new ClientFile(cluster.pages(), dataset, settings.readDeadline())) {
        measure(config, source, dataset.path().toString());
      }
    }
  }

  private void measure(Config config, ReadSource source, String name)
      throws IOException, CommandException, InterruptedException {
    if (source.size() == 0) {
      throw new CommandException("'" + name + "' is empty; name a file with content");
    }
    long region = Math.min(source.size(), CliParsers.bytes("--size", size));
    Duration time = CliParsers.duration("--duration", duration);
    WorkloadPlan plan = new WorkloadPlan(streams, block(), random, region, time);
    warmUp(source, plan, name);
    ProgressLine progress = new ProgressLine("reading " + name);
    try {
      long before = networkBytes();
      WorkloadResult result = ReadWorkload.run(source, plan, progress::show);
      double networkShare = (double) (networkBytes() - before) / Math.max(1, result.bytes());
      double baseline = baseline(config);
      progress.end();
      boolean mounted = source instanceof MountedFile;
      Bottleneck limit =
          Bottleneck.of(baseline, result.bytesPerSecond(), result.processorShare(), networkShare);
      ReadBench.print(new ReadBench(name, mounted, plan, result, baseline, limit), json);
    } finally {
      progress.end();
    }
  }

  private static void warmUp(ReadSource source, WorkloadPlan plan, String name)
      throws IOException, InterruptedException {
    ProgressLine progress = new ProgressLine("loading " + name);
    try {
      ReadWorkload.warmUp(source, plan, progress::show);
    } finally {
      progress.end();
    }
  }

  /** Received by all interfaces so far. */
  private static long networkBytes() {
    return Traffic.all(Path.of("/")).values().stream().mapToLong(Traffic::received).sum();
  }

  /** What all rails to the first worker carry, one after the other, with the conf's connections. */
  private static double baseline(Config config) throws IOException, InterruptedException {
    try (Trust trust = Trust.open(TrustSettings.of(config), Side.CLIENT);
        Transport transport =
            Transport.create("railfs-bench", config.getInt("railfs.client.threads"))) {
      return new Baseline(transport, trust, config)
          .measure(BASELINE, 0, bytes -> {}).stream()
              .mapToDouble(rail -> rail.done().bytesPerSecond())
              .sum();
    } catch (FabricException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
