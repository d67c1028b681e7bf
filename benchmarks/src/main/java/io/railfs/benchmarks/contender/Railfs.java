// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Command;
import io.railfs.benchmarks.system.Daemon;
import io.railfs.benchmarks.system.MountPoint;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** RailFS: a mount with the settings as they come, but for its memory. */
final class Railfs extends Mounted implements Loader {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration LOAD_LIMIT = Duration.ofMinutes(5);

  /** What a mount has whose workers are elsewhere, as those of a cluster mostly are. */
  private static final String TCP = "tcp";

  private final RailfsWorker worker;
  private final String memory;
  private final String transport;

  /**
   * @param memory railfs.mount.memory-limit
   */
  Railfs(Site site, String name, RailfsWorker worker, String memory) {
    this(site, name, worker, memory, TCP);
  }

  private Railfs(Site site, String name, RailfsWorker worker, String memory, String transport) {
    super(site, name);
    this.worker = worker;
    this.memory = memory;
    this.transport = transport;
  }

  /** One that reads the files of the worker, as both are on this machine. */
  static Railfs local(Site site, String name, RailfsWorker worker, String memory) {
    return new Railfs(site, name, worker, memory, "local");
  }

  @Override
  public boolean isJvm() {
    return true;
  }

  @Override
  public boolean keepsContent() {
    return true;
  }

  @Override
  void startServers() throws BenchException, InterruptedException {
    worker.start();
  }

  @Override
  Daemon startClient(MountPoint at) throws BenchException, InterruptedException {
    Path conf =
        Site.write(
            conf(),
            """
            railfs.run-directory = "%s"
            railfs.workers = ["127.0.0.1:%d"]
            railfs.mount.memory-limit = %s
            railfs.client.data.transport = %s
            %s
            """
                .formatted(
                    site.base().resolve("railfs/run"),
                    worker.port(),
                    memory,
                    transport,
                    worker.trust().conf(site)));
    return Daemon.start(
        name(),
        site.log(name()),
        Map.of(),
        List.of(command(), "mount", "-f", "-c", conf.toString(), at.path().toString()));
  }

  private Path conf() throws BenchException {
    return site.directory("railfs").resolve(name() + ".conf");
  }

  private String command() {
    return site.home().resolve("bin/railfs").toString();
  }

  @Override
  public Map<String, Long> counters() throws BenchException, InterruptedException {
    Command.Result stats =
        Command.attempt(
            LIMIT,
            List.of(
                command(),
                "stats",
                "-c",
                conf().toString(),
                "--json",
                "--once",
                mountpoint().toString()));
    Map<String, Long> counters = new LinkedHashMap<>();
    if (stats.exit() == 0) {
      Config json = ConfigFactory.parseString(stats.out()).getConfigList("mounts").get(0);
      counters.put("read_bytes", json.getLong("read_bytes"));
      counters.put("wasted_bytes", json.getLong("prefetch_wasted_bytes"));
      counters.put(
          "fetched_bytes",
          json.getConfigList("workers").stream().mapToLong(w -> w.getLong("content_bytes")).sum());
    }
    return counters;
  }

  @Override
  public double load(List<String> trees, int files) throws BenchException, InterruptedException {
    List<String> words = new ArrayList<>();
    words.addAll(List.of(command(), "load", "-c", conf().toString(), "--json"));
    trees.forEach(tree -> words.add("/" + tree));
    String said = Command.run(LOAD_LIMIT, words);
    String last = said.lines().reduce("", (before, line) -> line.startsWith("{") ? line : before);
    Config end = ConfigFactory.parseString(last);
    if (end.getInt("files_done") != files || end.getLong("present_bytes") != 0) {
      throw new BenchException("the load was not of " + files + " files that are new: " + last);
    }
    return end.getDouble("seconds");
  }

  @Override
  double serverSeconds() {
    return worker.processorSeconds();
  }

  /** The worker serves other mounts too; whoever made it stops it. */
  @Override
  public String setUp() {
    String trust =
        switch (worker.trust()) {
          case NONE -> "";
          case SECRET -> "railfs.security.secret-file, ";
          case TLS -> "TLS with certificates of both sides, ";
        };
    return (transport.equals(TCP) ? "one worker on loopback TCP, " : "one worker, its files read, ")
        + worker.ufs().setUp()
        + trust
        + "checksums on, railfs.mount.memory-limit = "
        + memory;
  }
}
