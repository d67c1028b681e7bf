// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.Config;
import io.railfs.base.HumanReadable;
import io.railfs.client.TransportKind;
import io.railfs.client.probe.PathFacts;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.diagnosis.bench.Baseline;
import io.railfs.diagnosis.bench.TransportBench;
import io.railfs.fabric.DeviceAddress;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Transport;
import io.railfs.fabric.trust.Side;
import io.railfs.fabric.trust.Trust;
import io.railfs.fabric.trust.TrustSettings;
import io.railfs.supervision.system.CommandException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** railfs bench net. */
@Command(
    name = "net",
    description =
        "Measures what the network carries from each worker's memory over each rail of the conf;"
            + " with --transport, what a fetch of a hot file takes over each transport.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  railfs bench net",
      "  railfs bench net --worker=node7:29999 --duration=10s",
      "  railfs bench net --transport=all"
    },
    mixinStandardHelpOptions = true)
final class BenchNetCommand implements Callable<Integer> {
  private static final int MAX_CONNECTIONS = 64;

  @Mixin private ConfOptions confOptions;

  @Option(
      names = "--worker",
      paramLabel = "HOST:PORT",
      description = "Worker to measure instead of those of the conf.")
  private List<String> workers = List.of();

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "5s",
      description = "For each rail; ${DEFAULT-VALUE} where none is given.")
  private String duration;

  @Option(
      names = "--connections",
      paramLabel = "N",
      description = "To each worker over each rail, 1 to 64; those of the conf where not given.")
  private int connections;

  @Option(
      names = "--transport",
      paramLabel = "NAME",
      description =
          "tcp, local, rdma or all: fetches of a file of the dataset over each; the time of one of 16 KiB,"
              + " and the rate of 4 streams of 1 MiB.")
  private String transport;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public Integer call() throws ConfException, CommandException, InterruptedException {
    if (connections < 0 || connections > MAX_CONNECTIONS) {
      throw CommandException.wrong("--connections " + connections + " is not between 1 and 64");
    }
    List<String> further = new ArrayList<>();
    if (!workers.isEmpty()) {
      further.add("railfs.workers=" + String.join(",", workers));
    }
    if (transport != null && connections > 0) {
      further.add("railfs.client.data.connections=" + connections);
    }
    Config config = confOptions.load(ProcessRole.MOUNT, further).config();
    Duration time = CliParsers.duration("--duration", duration);
    return transport == null
        ? measureRails(config, time)
        : measureTransports(config, time, TransportTable.named("--transport", transport));
  }

  private int measureTransports(Config config, Duration time, List<TransportKind> transports)
      throws CommandException, InterruptedException {
    ProgressLine progress = new ProgressLine("transports");
    try {
      List<TransportBench.Result> results =
          new TransportBench(config, time, progress::show).measure(transports);
      progress.end();
      if (json) {
        JsonOutput.print(
            Map.of("transports", results.stream().map(TransportTable::toJson).toList()));
      } else {
        TransportTable.print(results);
      }
      return ExitCode.OK;
    } catch (IOException e) {
      throw new CommandException(String.valueOf(e.getMessage()), e);
    } finally {
      progress.end();
    }
  }

  private int measureRails(Config config, Duration time)
      throws CommandException, InterruptedException {
    ProgressLine progress = new ProgressLine("network");
    try (Trust trust = Trust.open(TrustSettings.of(config), Side.CLIENT);
        Transport transport =
            Transport.create("railfs-bench", config.getInt("railfs.client.threads"))) {
      print(
          new Baseline(transport, trust, config).measure(time, connections, progress::show),
          progress);
      return ExitCode.OK;
    } catch (IOException | FabricException e) {
      throw new CommandException(String.valueOf(e.getMessage()), e);
    } finally {
      progress.end();
    }
  }

  private void print(List<Baseline.Rail> rails, ProgressLine progress) {
    progress.end();
    if (json) {
      JsonOutput.print(Map.of("rails", rails.stream().map(BenchNetCommand::toJson).toList()));
      return;
    }
    TextTable table =
        new TextTable(
            "WORKER", "RAIL", "ADDRESS", "CONNECTIONS", "ROUND TRIP", "RETRANSMITS", "RATE");
    for (Baseline.Rail rail : rails) {
      table.add(
          List.of(
              rail.worker().toString(),
              rail.device().isEmpty() ? "(routing)" : rail.device(),
              DeviceAddress.text(rail.address().getAddress()),
              String.valueOf(rail.connections()),
              HumanReadable.millis(rail.roundTripNanos()),
              rail.path().map(PathFacts::retransmits).map(String::valueOf).orElse("?"),
              HumanReadable.rate(rail.done().bytesPerSecond())));
    }
    table.print();
  }

  static Map<String, Object> toJson(Baseline.Rail rail) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("worker", rail.worker().toString());
    map.put("device", rail.device());
    map.put("address", DeviceAddress.text(rail.address().getAddress()));
    map.put("connections", rail.connections());
    map.put("round_trip_nanos", rail.roundTripNanos());
    map.put("bytes", rail.done().bytes());
    map.put("nanos", rail.done().nanos());
    map.put("bytes_per_second", (long) rail.done().bytesPerSecond());
    rail.path().ifPresent(path -> map.put("retransmits", path.retransmits()));
    rail.path().ifPresent(path -> map.put("path_mtu_bytes", path.pathMtu()));
    return map;
  }
}
