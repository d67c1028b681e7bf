// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.netty.buffer.ByteBuf;
import io.railfs.client.ClientSettings;
import io.railfs.client.Cluster;
import io.railfs.client.ClusterException;
import io.railfs.client.FetchRequest;
import io.railfs.client.FetchSink;
import io.railfs.client.connect.ClusterClient;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.worker.Worker;
import io.railfs.worker.WorkerSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A herd of clients that all want the same from workers that have nothing yet. */
final class StormTest {
  private static final int BLOCK = 128 << 10;
  private static final int BLOCKS = 48;
  private static final int CLIENTS = 8;
  private static final int WORKERS = 2;
  private static final int AT_ONCE = 3;
  private static final int A_SECOND = 200;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  @AfterEach
  void close() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  @Test
  void manyClientsThatMissOnNewWorkersCostTheStoreEachBlockOnceAWorkerWithinItsLimits(
      @TempDir Path directory) throws Exception {
    CountedObjects[] objects = new CountedObjects[1];
    ObjectStore store =
        closing(
            ObjectStore.start(
                Files.createDirectory(directory.resolve("objects")),
                files -> objects[0] = new CountedObjects(files)));
    byte[] content = new byte[BLOCKS * BLOCK];
    new Random(1).nextBytes(content);
    store.put("file", content);
    List<Worker> workers = new ArrayList<>();
    for (int i = 0; i < WORKERS; i++) {
      workers.add(closing(Worker.start(worker(directory.resolve("store-" + i), store))));
    }
    List<Cluster> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(closing(ClusterClient.connect(client(workers))));
    }
    long start = System.nanoTime();
    fetchAll(clients);
    double seconds = (System.nanoTime() - start) / 1e9;
    assertThat(objects[0].ranges()).hasSize(BLOCKS);
    assertThat(objects[0].ranges().values())
        .as("a block is loaded once by each worker that keeps it")
        .allMatch(times -> times <= WORKERS);
    for (Worker worker : workers) {
      assertThat(worker.status().getLoads()).isLessThanOrEqualTo(BLOCKS);
    }
    assertThat(workers.stream().mapToLong(worker -> worker.status().getLoads()).sum())
        .isEqualTo(objects[0].ranges().values().stream().mapToLong(times -> times).sum());
    assertThat(objects[0].most()).isBetween(2, WORKERS * AT_ONCE);
    // What went before the clock was started: a question or two of each worker and client.
    int before = WORKERS * 2 + CLIENTS;
    assertThat(objects[0].requests())
        .isLessThanOrEqualTo((int) (WORKERS * A_SECOND * seconds) + before);
  }

  /** All clients want all blocks at once, twice. */
  private static void fetchAll(List<Cluster> clients) throws Exception {
    RailPath path = RailPath.of("/file");
    FileVersion version = clients.get(0).metadata().stat(path, deadline()).version();
    List<CompletableFuture<Void>> ends = new ArrayList<>();
    for (int i = 0; i < 2 * BLOCKS; i++) {
      long offset = (long) (i % BLOCKS) * BLOCK;
      for (Cluster client : clients) {
        End end = new End();
        ends.add(end.future);
        client.pages().fetch(new FetchRequest(path, version, offset, BLOCK, deadline()), end);
      }
    }
    CompletableFuture.allOf(ends.toArray(CompletableFuture<?>[]::new))
        .get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
  }

  private static long deadline() {
    return System.nanoTime() + TIMEOUT.toNanos();
  }

  private static WorkerSettings worker(Path directory, ObjectStore store) {
    return WorkerSettings.of(
        config(
            """
            railfs.worker {
              ufs = "s3://%s", ufs-options %s
              ufs-limits { concurrent-requests = %d, requests-per-second = %d, range-size = 128KiB }
              block-size = 128KiB, rpc.bind { host = 127.0.0.1, port = 0 }
              data.bind { host = 127.0.0.1, port = 0 }, web.enabled = false, rest.enabled = false
              store { directories = ["%s"], capacity = 64MiB }
            }
            """
                .formatted(
                    ObjectStore.BUCKET,
                    store.conf(ObjectStore.SECRET),
                    AT_ONCE,
                    A_SECOND,
                    directory)));
  }

  private static ClientSettings client(List<Worker> workers) {
    String endpoints =
        workers.stream()
            .map(worker -> "\"127.0.0.1:" + worker.rpcPort() + "\"")
            .collect(Collectors.joining(","));
    return ClientSettings.of(
        config(
            "railfs.client { threads = 1, replicas = 2 }\nrailfs.workers = [" + endpoints + "]"));
  }

  private static Config config(String text) {
    return ConfigFactory.parseString(text).withFallback(ConfigFactory.load());
  }

  private <C extends AutoCloseable> C closing(C resource) {
    open.push(resource);
    return resource;
  }

  /** Takes a fetch's end alone. */
  private static final class End implements FetchSink {
    private final CompletableFuture<Void> future = new CompletableFuture<>();

    @Override
    public void write(int position, ByteBuf bytes) {}

    @Override
    public void verified(int position, int length) {}

    @Override
    public void completed() {
      future.complete(null);
    }

    @Override
    public void failed(ClusterException cause) {
      future.completeExceptionally(cause);
    }
  }
}
