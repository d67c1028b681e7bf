// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.railfs.client.ClientSettings;
import io.railfs.client.Cluster;
import io.railfs.client.Freshness;
import io.railfs.client.MetadataSource;
import io.railfs.client.connect.ClusterClient;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.RailPath;
import io.railfs.worker.Worker;
import io.railfs.worker.WorkerSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients without number that list one directory at the same time. In its full size, whose figures
 * are in docs/SCALING.md:
 *
 * <pre>
 *   mvn -B verify -pl integration-tests -am -Dtest=ListingCrowdTest -Dsurefire.failIfNoSpecifiedTests=false \
 *       -Drailfs.crowd.clients=500 -Drailfs.crowd.names=100000
 * </pre>
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
final class ListingCrowdTest {
  private static final int CLIENTS = Integer.getInteger("railfs.crowd.clients", 50);
  private static final int NAMES = Integer.getInteger("railfs.crowd.names", 20_000);
  private static final Duration TIMEOUT = Duration.ofMinutes(5);
  private static final Freshness TEN_MINUTES = new Freshness(TimeUnit.MINUTES.toMillis(10), 0);
  private static final String NAME = "sample-";

  @Test
  void aCrowdCostsTheUfsOneListingAndTheWorkerTheMemoryOfOne(@TempDir Path directory)
      throws Exception {
    Path dataset = Files.createDirectory(directory.resolve("dataset"));
    // Making and removing so many files takes long on some disks.
    Shell.bash("mount -t tmpfs -o nr_inodes=2m tmpfs \"$1\"", dataset).ok();
    try {
      Path crowded = Files.createDirectory(dataset.resolve("train"));
      for (int i = 0; i < NAMES; i++) {
        Files.createFile(crowded.resolve(NAME + i));
      }
      try (Worker worker = Worker.start(worker(dataset, directory.resolve("store")))) {
        List<Cluster> clients = new ArrayList<>();
        try {
          for (int i = 0; i < CLIENTS; i++) {
            clients.add(ClusterClient.connect(client(worker)));
          }
          check(worker, clients);
        } finally {
          clients.forEach(Cluster::close);
        }
      }
    } finally {
      Shell.bash("umount -l \"$1\"", dataset).ok();
    }
  }

  private static void check(Worker worker, List<Cluster> clients) throws Exception {
    double seconds = listAll(clients);
    double again = listAll(clients.subList(0, 1));
    long bytes = Metrics.of(worker).value("railfs_worker_listings_memory_bytes");
    System.out.printf(
        "%d clients, %d names: %.2f s, then one client %.2f s; %d bytes remembered, %.1f a name;"
            + " heap in use %d MiB%n",
        CLIENTS, NAMES, seconds, again, bytes, (double) bytes / NAMES, heapMiB());
    assertThat(requests(worker, "ufs")).as("listings of the UFS").isEqualTo(1);
    assertThat(requests(worker, "joined") + requests(worker, "remembered"))
        .as("all others, some of which may have been asked to try again")
        .isGreaterThanOrEqualTo(CLIENTS);
    assertThat(bytes).isBetween(30L * NAMES, 120L * NAMES);
  }

  private static long heapMiB() {
    Runtime runtime = Runtime.getRuntime();
    return (runtime.totalMemory() - runtime.freeMemory()) >> 20;
  }

  /** How long it takes until all have all names. */
  private static double listAll(List<Cluster> clients) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(clients.size());
    try {
      CountDownLatch start = new CountDownLatch(1);
      List<Future<Integer>> answers = new ArrayList<>();
      for (Cluster client : clients) {
        answers.add(
            threads.submit(
                () -> {
                  start.await();
                  return list(client);
                }));
      }
      long begun = System.nanoTime();
      start.countDown();
      for (Future<Integer> answer : answers) {
        assertThat(answer.get()).isEqualTo(NAMES);
      }
      return (System.nanoTime() - begun) / 1e9;
    } finally {
      threads.shutdownNow();
    }
  }

  private static int list(Cluster client) throws Exception {
    BitSet seen = new BitSet(NAMES);
    client
        .metadata()
        .list(
            RailPath.of("/train"),
            new MetadataSource.EntryConsumer() {
              @Override
              public void accept(ByteString name, Attributes attributes) {
                seen.set(Integer.parseInt(name.substring(NAME.length()).toStringUtf8()));
              }
            },
            TIMEOUT,
            TEN_MINUTES);
    return seen.cardinality();
  }

  private static WorkerSettings worker(Path dataset, Path store) {
    return WorkerSettings.of(
        config(
            """
            railfs.worker {
              ufs = "file://%s"
              rpc.bind { host = 127.0.0.1, port = 0 }, data.bind { host = 127.0.0.1, port = 0 }
              web.bind { host = 127.0.0.1, port = 0 }, rest.enabled = false, drain-timeout = 0s
              limits.connections-per-address = 32768
              store { directories = ["%s"], capacity = 64MiB }
            }
            """
                .formatted(dataset, store)));
  }

  private static ClientSettings client(Worker worker) {
    return ClientSettings.of(
        config(
            """
            railfs.client { threads = 1, connect-timeout = 60s, attempt-timeout = 60s }
            railfs.workers = ["127.0.0.1:%d"]
            """
                .formatted(worker.rpcPort())));
  }

  private static Config config(String text) {
    return ConfigFactory.parseString(text).withFallback(ConfigFactory.load());
  }

  private static long requests(Worker worker, String from) throws Exception {
    return Metrics.of(worker).value("railfs_worker_listings_requests_total", from);
  }
}
