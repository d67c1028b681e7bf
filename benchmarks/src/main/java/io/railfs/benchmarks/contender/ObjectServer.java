// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.s3.S3Server;
import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Daemon;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The S3 server that shows the dataset as a bucket, in a process of its own. */
final class ObjectServer implements AutoCloseable {
  static final String BUCKET = "bench";

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Site site;
  private Daemon process;
  private int port;

  ObjectServer(Site site) {
    this.site = site;
  }

  void start() throws BenchException, InterruptedException {
    if (process != null && process.isAlive()) {
      return;
    }
    port = Site.freePort();
    process =
        Daemon.start(
            "the S3 server",
            site.log("s3-server"),
            Map.of(),
            java(
                "512m",
                S3Server.class,
                site.dataset().root().toString(),
                BUCKET,
                Integer.toString(port)));
    process.await(LIMIT, "its port", () -> Site.listens(port));
  }

  /** The command of a program of the benches, with a heap of this size. */
  static List<String> java(String heap, Class<?> main, String... arguments) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.add("-Xmx" + heap);
    words.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    words.addAll(List.of(arguments));
    return words;
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  long pid() {
    return process.pid();
  }

  double processorSeconds() {
    return process == null ? 0 : process.processorSeconds();
  }

  @Override
  public void close() {
    if (process != null) {
      process.close();
    }
  }
}
