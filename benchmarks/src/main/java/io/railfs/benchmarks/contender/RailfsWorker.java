// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Daemon;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A worker that RailFS mounts of a run read from; its store is new in each. */
final class RailfsWorker implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Site site;
  private final String name;
  private final RailfsTrust trust;
  private final RailfsUfs ufs;
  private Daemon process;
  private int port;

  /**
   * @param name of its directory
   */
  RailfsWorker(Site site, String name, RailfsTrust trust, RailfsUfs ufs) {
    this.site = site;
    this.name = name;
    this.trust = trust;
    this.ufs = ufs;
  }

  void start() throws BenchException, InterruptedException {
    if (process != null && process.isAlive()) {
      return;
    }
    port = Site.freePort();
    int dataPort = Site.freePort();
    Path conf =
        Site.write(
            site.directory(name).resolve("worker.conf"),
            """
            railfs.run-directory = "%s"
            railfs.worker {
              %s
              rpc.bind { host = "127.0.0.1", port = %d }
              data.bind { host = "127.0.0.1", port = %d }
              web.bind { host = "127.0.0.1", port = %d }
              rest.bind { host = "127.0.0.1", port = %d }
              store { directories = ["%s"], capacity = %dB }
            }
            %s
            """
                .formatted(
                    site.base().resolve(name + "/run"),
                    ufs.conf(site),
                    port,
                    dataPort,
                    Site.freePort(),
                    Site.freePort(),
                    site.emptyDirectory(name + "/store"),
                    2 * site.dataset().scale().bytes() + (12L << 30),
                    trust.conf(site)));
    process =
        Daemon.start(
            name + " worker",
            site.log(name + "-worker"),
            Map.of(),
            List.of(command(), "worker", "start", "-f", "-c", conf.toString()));
    process.await(LIMIT, "its services", () -> Site.listens(port) && Site.listens(dataPort));
  }

  private String command() {
    return site.home().resolve("bin/railfs").toString();
  }

  RailfsTrust trust() {
    return trust;
  }

  RailfsUfs ufs() {
    return ufs;
  }

  int port() {
    return port;
  }

  double processorSeconds() {
    return process == null ? 0 : process.processorSeconds() + ufs.processorSeconds();
  }

  @Override
  public void close() {
    if (process != null) {
      process.close();
    }
  }
}
