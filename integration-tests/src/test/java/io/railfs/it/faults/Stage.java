// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.railfs.it.Metrics;
import io.railfs.it.RailfsProcess;
import io.railfs.it.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Where faults happen: four workers with two rails each, etcd, a directory and an S3 server as UFS,
 * a mount under a supervisor, and readers of it in a process of their own. Closing it ends and
 * removes everything, whatever state it is in.
 */
final class Stage implements AutoCloseable {
  static final int WORKERS = 4;

  /** That answer the kernel. */
  static final int MOUNT_THREADS = 16;

  /** Of reads and of questions about names. */
  static final Duration DEADLINE = Duration.ofSeconds(5);

  /** What an operation may take on top of it. */
  static final Duration SLACK = Duration.ofSeconds(1);

  /** For whatever has to happen in the end, on a busy machine. */
  static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  final Path base;
  final Hosts hosts;
  final SwitchThread switches;
  final Etcd etcd;
  final Ufs ufs;
  final List<WorkerHost> workers = new ArrayList<>();
  final MountHost mount;
  final VerifierProcess verifier;

  /**
   * Sets it up; returns when every reader has got right bytes.
   *
   * @param replicas of the areas whose name ends in "two"; the others have one
   */
  Stage(long seed, int replicas) throws IOException {
    base = Files.createTempDirectory("railfs-faults-");
    open.push(() -> Shell.bash("rm -rf --one-file-system \"$1\"", base));
    boolean done = false;
    try {
      hosts = closing(new Hosts(WORKERS));
      switches = closing(new SwitchThread(hosts.name(Hosts.SWITCH)));
      etcd = closing(new Etcd(switches));
      ufs = closing(new Ufs(base, switches));
      for (int i = 1; i <= WORKERS; i++) {
        workers.add(closing(new WorkerHost(hosts, i, base, workerSettings())));
        workers.get(i - 1).start();
      }
      workers.forEach(this::awaitServing);
      mount = closing(new MountHost(hosts, base, mountSettings(replicas)));
      mount.start();
      verifier =
          closing(
              new VerifierProcess(
                  mount.inMount(),
                  mount.mountpoint(),
                  DEADLINE.plus(SLACK),
                  seed,
                  base.resolve("verifier.err")));
      awaitCalm(System.nanoTime());
      done = true;
    } finally {
      if (!done) {
        keepLogs();
        close();
      }
    }
  }

  /** The command, as a user has it. */
  static String railfs() {
    return RailfsProcess.PATH.toString();
  }

  /** The library that shows a process another time. */
  static String fakeTime() {
    String found = Shell.bash("ls /usr/lib/*/faketime/libfaketimeMT.so.1").out().strip();
    assertThat(found).as("libfaketime; Debian has it in the package faketime").isNotEmpty();
    return found;
  }

  /** Copies the logs to where they outlive the stage. */
  void keepLogs() {
    Path logs = Path.of(System.getProperty("railfs.home"), "integration-tests/target/faults");
    Shell.bash(
        """
        rm -rf "$2"
        mkdir -p "$2"
        cd "$1" && cp -r --parents logs worker-*/log* verifier.err "$2"
        """,
        base,
        logs.toAbsolutePath());
    System.out.println("logs are kept in " + logs.normalize());
  }

  private String places() {
    return "railfs.run-directory = \"%1$s/run\"\nrailfs.log.directory = \"%1$s/logs\"\n"
        .formatted(base);
  }

  private String workerSettings() {
    return places()
        + Etcd.settings()
        + ufs.settings()
        + """
        railfs.worker {
          block-size = 1MiB
          threads = 2
          metadata-threads = 8
          rpc.bind.device = [ib0, ib1]
          data.bind.device = [ib0, ib1]
          heap = 96MiB
          direct-memory = 128MiB
          rest.enabled = false
          limits.request-timeout = 3s
        }
        """;
  }

  private String mountSettings(int replicas) {
    return places()
        + Etcd.settings()
        + """
        railfs.client {
          read-deadline = %1$ds
          metadata-deadline = %1$ds
          attempt-timeout = 1s
          connect-timeout = 2s
          threads = 2
          replicas = %2$d
          replicas-of-paths = ["/files/one = 1", "/objects/one = 1"]
          rpc.bind.device = [ib0, ib1]
          data { bind.device = [ib0, ib1], connections = 2, idle-timeout = 10s }
        }
        railfs.mount {
          memory-limit = 320MiB
          threads = %5$d
          attribute-timeout = 1s
          entry-timeout = 1s
          negative-timeout = 1s
          stuck-grace = 5s
          metrics.bind { host = "%3$s", port = %4$d }
        }
        """
            .formatted(
                DEADLINE.toSeconds(),
                replicas,
                Hosts.address(Hosts.MOUNT),
                MountHost.METRICS_PORT,
                MOUNT_THREADS);
  }

  private <C extends AutoCloseable> C closing(C resource) {
    open.push(resource);
    return resource;
  }

  private void awaitServing(WorkerHost worker) {
    await()
        .atMost(TIMEOUT)
        .ignoreExceptions()
        .failFast(() -> checkAlive(worker))
        .until(() -> metrics(worker).sum("railfs_build_info") == 1);
  }

  private static void checkAlive(WorkerHost worker) throws IOException {
    if (!worker.isAlive()) {
      throw new AssertionError(worker.id() + " has ended: " + Files.readString(worker.log()));
    }
  }

  Metrics metrics(WorkerHost worker) throws IOException {
    return new Metrics(switches.get(worker.number(), WorkerHost.WEB_PORT, "/metrics"));
  }

  Metrics mountMetrics() throws IOException {
    return new Metrics(switches.get(Hosts.MOUNT, MountHost.METRICS_PORT, "/metrics"));
  }

  /**
   * Whether all is as it should be: the mount finds each worker healthy, can use it, and has every
   * connection that it wants. What is not wanted is idle, and no trouble.
   */
  boolean isWhole() {
    try {
      Metrics now = mountMetrics();
      return now.sum("railfs_mount_worker_health", "health=\"healthy\"") == WORKERS
          && now.sum("railfs_mount_worker_connected") == WORKERS
          && now.sum("railfs_mount_rail_down") == 0
          && now.sum("railfs_mount_worker_lost_seconds") == 0;
    } catch (IOException e) {
      // The mount is not there, or not yet.
      return false;
    }
  }

  /** Returns once no reader reads. */
  void pauseReaders() throws IOException {
    verifier.pause();
    await().atMost(TIMEOUT).until(verifier::isPaused);
  }

  /** Returns once {@link #isWhole}. */
  void awaitWhole() {
    await().atMost(TIMEOUT).pollInterval(Duration.ofMillis(100)).until(this::isWhole);
  }

  /** Waits until all is as it should be and all readers have got right bytes since then. */
  void awaitCalm(long since) {
    await()
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> verifier.tick() != null && verifier.tick().isGoodSince(since) && isWhole());
  }

  @Override
  public void close() {
    RuntimeException failure = null;
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        RuntimeException now = new IllegalStateException("the stage is not removed as a whole", e);
        failure = failure == null ? now : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
