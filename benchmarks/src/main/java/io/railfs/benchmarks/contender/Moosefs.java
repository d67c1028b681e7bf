// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Command;
import io.railfs.benchmarks.system.Daemon;
import io.railfs.benchmarks.system.MountPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * MooseFS: master, chunk server and client in a network namespace of their own, for the chunk
 * server refuses loopback addresses. What it stores outlives the run.
 */
final class Moosefs extends Mounted {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration COPY_LIMIT = Duration.ofMinutes(10);
  private static final String ADDRESS = "10.255.77.1";

  private final String namespace = "railfs-bench-" + ProcessHandle.current().pid();
  private final List<Daemon> servers = new ArrayList<>();
  private boolean hasNamespace;

  Moosefs(Site site) {
    super(site, "moosefs");
  }

  @Override
  public boolean isJvm() {
    return false;
  }

  @Override
  void startServers() throws BenchException, InterruptedException {
    if (!servers.isEmpty()) {
      return;
    }
    makeNamespace();
    Path directory = site.directory("moosefs");
    if (!Files.exists(directory.resolve("copied"))) {
      site.emptyDirectory("moosefs");
    }
    Path master = site.directory("moosefs/master");
    Path chunks = site.directory("moosefs/chunks");
    Path state = site.directory("moosefs/chunkserver");
    writeSettings(directory, master, state, chunks);
    own(directory);
    servers.add(
        start(
            "mfsmaster",
            "mfsmaster",
            "-c",
            directory.resolve("master.cfg").toString(),
            "-f",
            "-a"));
    servers.get(0).await(LIMIT, "its service", () -> answers(9421));
    servers.add(
        start(
            "mfschunkserver",
            "mfschunkserver",
            "-c",
            directory.resolve("chunkserver.cfg").toString(),
            "-f"));
    servers.get(1).await(LIMIT, "its service", () -> answers(9422));
    if (!Files.exists(directory.resolve("copied"))) {
      copyDataset(directory);
    }
  }

  private void makeNamespace() throws BenchException, InterruptedException {
    Command.run(LIMIT, List.of("ip", "netns", "add", namespace));
    hasNamespace = true;
    for (String words : List.of("addr add " + ADDRESS + "/32 dev lo", "link set lo up")) {
      List<String> command = new ArrayList<>(List.of("ip", "-n", namespace));
      command.addAll(List.of(words.split(" ")));
      Command.run(LIMIT, command);
    }
  }

  private static void writeSettings(Path directory, Path master, Path state, Path chunks)
      throws BenchException {
    Site.write(
        directory.resolve("master.cfg"),
        """
        WORKING_USER = root
        WORKING_GROUP = root
        DATA_PATH = %s
        EXPORTS_FILENAME = %s/exports.cfg
        TOPOLOGY_FILENAME = %s/topology.cfg
        MATOML_LISTEN_HOST = %s
        MATOCS_LISTEN_HOST = %s
        MATOCL_LISTEN_HOST = %s
        """
            .formatted(master, directory, directory, ADDRESS, ADDRESS, ADDRESS));
    Site.write(directory.resolve("exports.cfg"), "* / rw,alldirs,maproot=0:0\n");
    Site.write(directory.resolve("topology.cfg"), "");
    Site.write(
        directory.resolve("chunkserver.cfg"),
        """
        WORKING_USER = root
        WORKING_GROUP = root
        DATA_PATH = %s
        HDD_CONF_FILENAME = %s/hdd.cfg
        MASTER_HOST = %s
        CSSERV_LISTEN_HOST = %s
        HDD_LEAVE_SPACE_DEFAULT = 256MiB
        """
            .formatted(state, directory, ADDRESS, ADDRESS));
    Site.write(directory.resolve("hdd.cfg"), chunks + "\n");
    try {
      if (!Files.exists(master.resolve("metadata.mfs"))
          && !Files.exists(master.resolve("metadata.mfs.back"))) {
        Files.copy(
            Path.of("/var/lib/mfs/metadata.mfs.empty"),
            master.resolve("metadata.mfs"),
            StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new BenchException("MooseFS's metadata cannot be begun: " + e.getMessage(), e);
    }
  }

  /** Everything belongs to root, as whom the servers run. */
  private static void own(Path directory) throws BenchException, InterruptedException {
    Command.run(LIMIT, List.of("chown", "-R", "root:root", directory.toString()));
  }

  private boolean answers(int port) throws BenchException, InterruptedException {
    return Command.attempt(LIMIT, inside("bash", "-c", "exec 3<>/dev/tcp/" + ADDRESS + "/" + port))
            .exit()
        == 0;
  }

  private void copyDataset(Path directory) throws BenchException, InterruptedException {
    System.err.println("bench: copying the dataset to MooseFS");
    MountPoint at = site.mountPoint("moosefs-copy");
    try (Daemon client = mount(at)) {
      client.await(LIMIT, "its mount", at::isMounted);
      // The chunk server is known to the master a little after it listens.
      client.await(
          LIMIT,
          "its space",
          () -> Files.getFileStore(at.path()).getUsableSpace() > site.dataset().scale().bytes());
      String copy = "cp -r \"$1\"/set-* \"$1/small\" \"$1/warm\" \"$2\"";
      Command.run(
          COPY_LIMIT,
          List.of(
              "bash", "-c", copy, "cp", site.dataset().root().toString(), at.path().toString()));
      at.unmount();
    }
    Site.write(directory.resolve("copied"), "");
  }

  private Daemon start(String name, String... words) throws BenchException {
    return Daemon.start(name, site.log(name), Map.of(), inside(words));
  }

  private List<String> inside(String... words) {
    List<String> command =
        new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + namespace, "--"));
    command.addAll(List.of(words));
    return command;
  }

  @Override
  Daemon startClient(MountPoint at) throws BenchException {
    return mount(at);
  }

  private Daemon mount(MountPoint at) throws BenchException {
    return start(name(), "mfsmount", "-f", "-H", ADDRESS, at.path().toString());
  }

  @Override
  double serverSeconds() {
    return servers.stream().mapToDouble(Daemon::processorSeconds).sum();
  }

  @Override
  void stopServers() {
    for (int i = servers.size() - 1; i >= 0; i--) {
      servers.get(i).close();
    }
    servers.clear();
    if (hasNamespace) {
      try {
        Command.attempt(LIMIT, List.of("ip", "netns", "del", namespace));
      } catch (BenchException e) {
        System.err.println("bench: the namespace " + namespace + " stays: " + e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public String setUp() {
    return "master, one chunk server and client in a network namespace, settings as they come";
  }
}
