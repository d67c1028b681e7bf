package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Daemon;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The worker that all RailFS mounts of a run read from; its store outlives the run. */
final class RailfsWorker implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Site site;
  private Daemon process;
  private int port;

  RailfsWorker(Site site) {
    this.site = site;
  }

  void start() throws BenchException, InterruptedException {
    if (process != null && process.isAlive()) {
      return;
    }
    port = Site.freePort();
    int dataPort = Site.freePort();
    Path conf =
        Site.write(
            site.directory("railfs").resolve("worker.conf"),
            """
            railfs.run-directory = "%s"
            railfs.worker {
              ufs = "file://%s"
              rpc.bind { host = "127.0.0.1", port = %d }
              data.bind { host = "127.0.0.1", port = %d }
              store { directories = ["%s"], capacity = %d }
            }
            """
                .formatted(
                    site.base().resolve("railfs/run"),
                    site.dataset().root(),
                    port,
                    dataPort,
                    site.directory("railfs/store"),
                    2 * site.dataset().scale().bytes() + (4L << 30)));
    process =
        Daemon.start(
            "railfs worker",
            site.log("railfs-worker"),
            Map.of(),
            List.of(command(), "worker", "start", "-f", "-c", conf.toString()));
    process.await(LIMIT, "its services", () -> Site.listens(port) && Site.listens(dataPort));
  }

  private String command() {
    return site.home().resolve("bin/railfs").toString();
  }

  int port() {
    return port;
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
