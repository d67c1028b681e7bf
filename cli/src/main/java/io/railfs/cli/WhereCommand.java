// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.ConfigException;
import io.railfs.base.HumanReadable;
import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import io.railfs.client.BlockLocations;
import io.railfs.client.ClientSettings;
import io.railfs.client.Cluster;
import io.railfs.client.ClusterException;
import io.railfs.client.Endpoint;
import io.railfs.client.WorkerFacts;
import io.railfs.client.connect.ClusterClient;
import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.supervision.system.CommandException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** railfs where. */
@Command(
    name = "where",
    description =
        "Shows which workers keep the blocks of a file, and what would bring them from there.",
    footerHeading = "%nExamples:%n",
    footer = {"  railfs where /train/shard-0001.tar"},
    mixinStandardHelpOptions = true)
final class WhereCommand implements Callable<Integer> {
  @Mixin private ConfOptions confOptions;

  @Parameters(
      paramLabel = "PATH",
      description = "A file under a mount of this machine, or its path in the dataset.")
  private Path path;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public Integer call() throws ConfException, CommandException {
    Conf conf = confOptions.load(ProcessRole.MOUNT, List.of());
    RailPath file = inDataset();
    try {
      ClientSettings settings = ClientSettings.of(conf.config());
      try (Cluster cluster = ClusterClient.connect(settings)) {
        long deadline = System.nanoTime() + settings.metadataDeadline().toNanos();
        Attributes attributes = cluster.metadata().stat(file, deadline);
        if (attributes.type() != EntryType.REGULAR) {
          throw new CommandException(file + " is no file; only files have blocks");
        }
        FileVersion version = attributes.version();
        List<BlockLocations> places = cluster.where(file, version);
        Map<Endpoint, BlockPath> paths = BlockPath.of(cluster, places, settings.connectTimeout());
        print(new Found(file, version, cluster.pages().blockSize(), places, paths));
        return 0;
      }
    } catch (ConfigException e) {
      throw CommandException.wrong(Conf.sentence(e), e);
    } catch (ClusterException e) {
      throw new CommandException(
          e.failure() == ClusterException.Failure.NOT_FOUND
              ? UfsPath.sentence(conf.config(), file.toString())
                  .orElse(file + " does not exist in the dataset")
              : e.getMessage(),
          e);
    }
  }

  /** A path under a mount is meant below the mountpoint. */
  private RailPath inDataset() throws CommandException {
    Path absolute = path.toAbsolutePath().normalize();
    Path inside = absolute;
    for (MountEntry mount : MountInfo.read().railfs()) {
      if (absolute.startsWith(mount.mountpoint())) {
        inside = Path.of("/").resolve(mount.mountpoint().relativize(absolute));
      }
    }
    try {
      return RailPath.of(inside.toString());
    } catch (ProtocolException e) {
      throw new CommandException(path + " is no path of a dataset: " + e.getMessage(), e);
    }
  }

  /**
   * What is shown.
   *
   * @param paths by which blocks of each worker would come
   */
  private record Found(
      RailPath file,
      FileVersion version,
      int blockSize,
      List<BlockLocations> places,
      Map<Endpoint, BlockPath> paths) {}

  private void print(Found found) {
    if (json) {
      Map<String, Object> reported = new LinkedHashMap<>();
      reported.put("path", found.file.toString());
      reported.put("size", found.version.size());
      reported.put("block_size", found.blockSize);
      reported.put(
          "blocks", found.places.stream().map(place -> toJson(place, found.paths)).toList());
      JsonOutput.print(reported);
      return;
    }
    System.out.printf(
        "%s: %s in blocks of %s%n",
        found.file,
        HumanReadable.bytes(found.version.size()),
        HumanReadable.bytes(found.blockSize));
    TextTable table = new TextTable("BLOCKS", "WORKERS");
    for (BlockLocations place : found.places) {
      table.add(
          List.of(
              range(place),
              place.workers().isEmpty()
                  ? "none can be reached"
                  : place.workers().stream()
                      .map(worker -> worker.endpoint() + " (" + worker.id() + ")")
                      .collect(Collectors.joining(", "))));
    }
    table.print();
    System.out.println();
    TextTable transports = new TextTable("WORKER", "TRANSPORT", "WHY");
    found.paths.forEach(
        (worker, path) ->
            transports.add(List.of(worker.toString(), path.transport(), path.reason())));
    transports.print();
  }

  private static String range(BlockLocations place) {
    return place.first() == place.last()
        ? String.valueOf(place.first())
        : place.first() + "-" + place.last();
  }

  private static Map<String, Object> toJson(BlockLocations place, Map<Endpoint, BlockPath> paths) {
    List<Map<String, Object>> workers = new ArrayList<>();
    for (WorkerFacts worker : place.workers()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("endpoint", worker.endpoint().toString());
      one.put("id", worker.id());
      BlockPath path = paths.getOrDefault(worker.endpoint(), BlockPath.UNKNOWN);
      one.put("transport", path.transport());
      one.put("transport_reason", path.reason());
      workers.add(one);
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("first", place.first());
    json.put("last", place.last());
    json.put("workers", workers);
    return json;
  }
}
