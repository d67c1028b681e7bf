// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Command;
import io.railfs.benchmarks.system.Daemon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Alluxio's master and worker, new in each run, from the jars that benchmarks/peers/alluxio/pom.xml
 * names. Short-circuit reads are off, so that bytes go over TCP as they do for everybody else.
 */
final class AlluxioCluster implements AutoCloseable {
  private static final Duration FETCH_LIMIT = Duration.ofMinutes(9);
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Site site;
  private Daemon master;
  private Daemon worker;
  private int masterPort;
  private int workerPort;

  AlluxioCluster(Site site) {
    this.site = site;
  }

  void start() throws BenchException, InterruptedException {
    if (worker != null && worker.isAlive()) {
      return;
    }
    fetchJars();
    masterPort = Site.freePort();
    workerPort = Site.freePort();
    site.emptyDirectory("alluxio/journal");
    site.emptyDirectory("alluxio/blocks");
    Site.write(
        site.directory("alluxio").resolve("log4j.properties"),
        """
        log4j.rootLogger=WARN, console
        log4j.appender.console=org.apache.log4j.ConsoleAppender
        log4j.appender.console.layout=org.apache.log4j.PatternLayout
        log4j.appender.console.layout.ConversionPattern=%d %p %c: %m%n
        """);
    for (String part : List.of("master", "worker")) {
      List<String> words = java("512m", Map.of(), "alluxio.cli.Format");
      words.add(part);
      Command.run(LIMIT, words);
    }
    master = start("alluxio-master", "1g", "alluxio.master.AlluxioMaster");
    master.await(LIMIT, "its service", () -> Site.listens(masterPort));
    worker = start("alluxio-worker", "1g", "alluxio.worker.AlluxioWorker");
    worker.await(LIMIT, "its service", () -> Site.listens(workerPort));
  }

  private Daemon start(String name, String heap, String mainClass) throws BenchException {
    return start(name, java(heap, Map.of(), mainClass));
  }

  /** Starts a process of Alluxio's. */
  Daemon start(String name, List<String> words) throws BenchException {
    // Otherwise it looks for the cloud that it may run in.
    return Daemon.start(name, site.log(name), Map.of("AWS_EC2_METADATA_DISABLED", "true"), words);
  }

  private void fetchJars() throws BenchException, InterruptedException {
    Path lib = site.directory("alluxio").resolve("lib");
    if (Files.exists(lib.resolve("complete"))) {
      return;
    }
    System.err.println("bench: fetching Alluxio's jars with Maven");
    Command.run(
        FETCH_LIMIT,
        List.of(
            "mvn",
            "-B",
            "-q",
            "-f",
            site.home().resolve("benchmarks/peers/alluxio/pom.xml").toString(),
            "dependency:copy-dependencies",
            "-DoutputDirectory=" + lib));
    Site.write(lib.resolve("complete"), "");
  }

  /** A command of a JVM with Alluxio's settings, these over them. */
  List<String> java(String heap, Map<String, String> settings, String mainClass)
      throws BenchException {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.add("-Xmx" + heap);
    words.add("-XX:MaxDirectMemorySize=1g");
    for (String opened :
        List.of("java.lang", "java.nio", "sun.nio.ch", "java.util", "jdk.internal.misc")) {
      words.add("--add-opens");
      words.add("java.base/" + opened + "=ALL-UNNAMED");
    }
    words.add("-Dlog4j.configuration=file:" + site.base().resolve("alluxio/log4j.properties"));
    settings().forEach((key, value) -> words.add("-Dalluxio." + key + "=" + value));
    settings.forEach((key, value) -> words.add("-Dalluxio." + key + "=" + value));
    words.addAll(List.of("-cp", classPath(), mainClass));
    return words;
  }

  private Map<String, String> settings() throws BenchException {
    Path home = site.directory("alluxio");
    return Map.ofEntries(
        Map.entry("home", home.toString()),
        Map.entry("conf.dir", home.toString()),
        Map.entry("logs.dir", site.directory("logs").toString()),
        Map.entry("master.hostname", "127.0.0.1"),
        Map.entry("master.rpc.port", Integer.toString(masterPort)),
        Map.entry("master.web.port", Integer.toString(Site.freePort())),
        Map.entry("master.journal.type", "UFS"),
        Map.entry("master.journal.folder", home.resolve("journal").toString()),
        Map.entry("master.metastore", "HEAP"),
        Map.entry("master.update.check.enabled", "false"),
        Map.entry("master.mount.table.root.ufs", site.dataset().root().toString()),
        Map.entry("security.authentication.type", "NOSASL"),
        Map.entry("security.authorization.permission.enabled", "false"),
        Map.entry("worker.hostname", "127.0.0.1"),
        Map.entry("worker.rpc.port", Integer.toString(workerPort)),
        Map.entry("worker.web.port", Integer.toString(Site.freePort())),
        Map.entry("worker.tieredstore.levels", "1"),
        Map.entry("worker.tieredstore.level0.alias", "MEM"),
        Map.entry("worker.tieredstore.level0.dirs.path", home.resolve("blocks").toString()),
        Map.entry(
            "worker.tieredstore.level0.dirs.quota",
            2 * site.dataset().scale().bytes() + (4L << 30) + "B"),
        Map.entry("user.short.circuit.enabled", "false"),
        Map.entry("user.metadata.cache.enabled", "true"),
        Map.entry("user.metrics.collection.enabled", "false"),
        Map.entry("fuse.web.enabled", "false"));
  }

  private String classPath() throws BenchException {
    try (Stream<Path> jars = Files.list(site.base().resolve("alluxio/lib"))) {
      return jars.map(Path::toString)
          // Two bindings of slf4j exclude each other.
          .filter(jar -> jar.endsWith(".jar") && !jar.contains("log4j-slf4j-impl"))
          .sorted()
          .collect(Collectors.joining(":"));
    } catch (IOException e) {
      throw new BenchException("Alluxio's jars cannot be listed: " + e.getMessage(), e);
    }
  }

  double processorSeconds() {
    return (master == null ? 0 : master.processorSeconds())
        + (worker == null ? 0 : worker.processorSeconds());
  }

  @Override
  public void close() {
    if (worker != null) {
      worker.close();
    }
    if (master != null) {
      master.close();
    }
  }
}
