// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.railfs.client.ClientSettings;
import io.railfs.client.Cluster;
import io.railfs.client.ClusterException;
import io.railfs.client.FetchRequest;
import io.railfs.client.FetchSink;
import io.railfs.client.connect.ClusterClient;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.WorkerState;
import io.railfs.worker.Worker;
import io.railfs.worker.WorkerSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several workers, as processes with a mount of them, and many clients of one. */
final class ClusterTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final int BLOCK = 128 << 10;

  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  @AfterEach
  void close() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  @Test
  void aMountReadsOnWhileWorkersOfEtcdDieComeAndLeaveAndEtcdIsAway(@TempDir Path directory)
      throws Exception {
    EtcdServer etcd = closing(EtcdServer.create());
    MountEnvironment mount = closing(MountEnvironment.create());
    String sum = writeFile(mount.dataset.resolve("file"), 32 << 20);
    // One that can be killed, two in this process.
    mount.writeConf(
        etcd.settings()
            + "railfs.client { replicas = 2, attempt-timeout = 2s }\n"
            + "railfs.mount { memory-limit = 256MiB, threads = 4 }",
        etcd.settings() + "railfs.worker.block-size = 1MiB");
    mount.startWorker();
    Worker leaving = closing(Worker.start(member(mount, directory.resolve("1"), etcd)));
    closing(Worker.start(member(mount, directory.resolve("2"), etcd)));
    mount.mount();
    Reader reader = new Reader(mount.mountpoint.resolve("file"), sum);
    reader.awaitRounds(2);
    Shell.bash("kill -9 $1", mount.workerPid()).ok();
    reader.awaitRounds(2);
    Worker joining = closing(Worker.start(member(mount, directory.resolve("3"), etcd)));
    leaving.close();
    reader.awaitRounds(2);
    await().atMost(TIMEOUT).until(() -> joining.status().getSentBytes() > 0);
    String url = mount.metricsUrl();
    assertLost(mount, url, String.valueOf(mount.rpcPort), String.valueOf(leaving.rpcPort()));
    mount.startWorker();
    await()
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> mount.railfs("status").out().contains("cluster ok: 3 of 3"));
    assertThat(metrics(url)).doesNotContain("railfs_mount_worker_lost_seconds{");
    etcd.stop();
    reader.awaitRounds(2);
    Shell.Result status = mount.railfs("status");
    assertThat(status.out() + status.err()).contains("cluster DEGRADED").contains("etcd");
    etcd.start();
    await()
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> mount.railfs("status").out().contains("cluster ok: 3 of 3"));
    reader.end();
  }

  /** A killed worker stays in sight, with since when; one that left does not. */
  private static void assertLost(MountEnvironment mount, String url, String killed, String left) {
    await()
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> {
              Shell.Result status = mount.railfs("status");
              assertThat(status.exit()).isEqualTo(1);
              assertThat(status.out())
                  .containsPattern(":" + killed + " \\(.*\\) is lost since 20..-")
                  .doesNotContain(":" + left);
              assertThat(metrics(url))
                  .containsPattern("railfs_mount_worker_lost_seconds.*:" + killed)
                  .doesNotContain(":" + left);
            });
    Config json = ConfigFactory.parseString(mount.railfs("status", "--json").out());
    assertThat(json.getConfigList("lost"))
        .singleElement()
        .satisfies(lost -> assertThat(lost.getString("endpoint")).endsWith(":" + killed));
  }

  private static String metrics(String url) {
    return Shell.bash("curl -sf \"$1\"", url).ok().out();
  }

  @Test
  void aMountHasConnectionsToThoseItReadsFromAloneAndIdleOnesAreNoTrouble(@TempDir Path directory)
      throws Exception {
    MountEnvironment mount = closing(MountEnvironment.create());
    String small = writeFile(mount.dataset.resolve("small"), 100_000);
    mount.writeConf("", "railfs.worker.block-size = 1MiB");
    mount.startWorker();
    List<Worker> others = new ArrayList<>();
    StringBuilder endpoints = new StringBuilder("\"127.0.0.1:" + mount.rpcPort + "\"");
    for (int i = 1; i < 6; i++) {
      String settings =
          "railfs.worker { block-size = 1MiB, ufs = \"file://" + mount.dataset + "\" }";
      Worker other =
          closing(Worker.start(workerSettings(directory.resolve(String.valueOf(i)), settings)));
      others.add(other);
      endpoints.append(", \"127.0.0.1:").append(other.rpcPort()).append('"');
    }
    mount.writeConf(
        "railfs.workers = ["
            + endpoints
            + "]\nrailfs.client.data.idle-timeout = 5s\n"
            + "railfs.mount { memory-limit = 256MiB, threads = 4 }",
        "railfs.worker.block-size = 1MiB");
    mount.mount();
    String url = mount.metricsUrl();
    for (int round = 0; round < 2; round++) {
      await().atMost(TIMEOUT).until(() -> connections(url) == 0);
      Shell.Result status = mount.railfs("status");
      assertThat(status.exit()).as(status.toString()).isZero();
      assertThat(status.out()).contains("cluster ok: 6 of 6").containsPattern("\\(any\\) +idle +0");
      assertThat(metrics(url)).doesNotContainPattern("railfs_mount_rail_down[^ ]* 1");
      // The rpc connection of the mount alone.
      await()
          .atMost(TIMEOUT)
          .until(() -> others.stream().allMatch(one -> one.status().getConnections() == 1));
      Path file = mount.mountpoint.resolve("small");
      MountEnvironment.dropKernelPages(file);
      assertThat(sum(file)).isEqualTo(small);
      if (round == 0) {
        // One block, so one worker; the mount's own cache answers the next round.
        assertThat(connections(url)).isEqualTo(1);
      }
    }
  }

  private static String sum(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }

  private static int connections(String url) {
    return metrics(url)
        .lines()
        .filter(line -> line.startsWith("railfs_mount_rail_connections{"))
        .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Test
  void whereShowsTheWorkersOfEachBlockAndStatusSumsUp() throws Exception {
    MountEnvironment mount = closing(MountEnvironment.create());
    writeFile(mount.dataset.resolve("file"), 5 << 20);
    mount.writeConf("", "railfs.worker.block-size = 1MiB");
    mount.startWorker();
    String worker = "127.0.0.1:" + mount.rpcPort;
    assertThat(mount.railfs("where", "/file").ok().out()).contains("0-4").contains(worker);
    Config json = ConfigFactory.parseString(mount.railfs("where", "--json", "/file").ok().out());
    assertThat(json.getConfigList("blocks")).hasSize(1);
    assertThat(json.getConfigList("blocks").get(0).getInt("last")).isEqualTo(4);
    assertThat(mount.railfs("status").ok().out()).contains("cluster ok: 1 of 1 workers serve");
    mount.stopWorker();
    assertThat(mount.railfs("status").out())
        .contains("cluster DEGRADED: 0 of 1")
        .contains("worker " + worker + " is unreachable");
  }

  @Test
  void aClientThatStartsWithoutEtcdSaysSoInOneSentence(@TempDir Path directory) throws Exception {
    EtcdServer etcd = closing(EtcdServer.create());
    etcd.stop();
    ClientSettings settings = ClientSettings.of(config(etcd.settings()));
    try {
      closing(ClusterClient.connect(settings));
      throw new AssertionError("it connected");
    } catch (ClusterException e) {
      assertThat(e).hasMessageContaining("railfs.membership.etcd.endpoints");
    }
    // A worker serves all the same, and is found by who knows its address.
    Files.createDirectories(directory.resolve("data"));
    Worker worker = closing(Worker.start(workerSettings(directory, etcd.settings())));
    closing(ClusterClient.connect(clientSettings(worker)));
    etcd.start();
    await()
        .atMost(TIMEOUT)
        .untilAsserted(() -> assertThat(ClusterClient.look(settings)).hasSize(1));
  }

  /** A process needs longer than that before its first question is on its way. */
  @Test
  void theFirstAnswerOfEtcdMayTakeAsLongAsAProcessNeedsToStart(@TempDir Path directory)
      throws Exception {
    EtcdServer etcd = closing(EtcdServer.create());
    MountEnvironment mount = closing(MountEnvironment.create());
    Files.writeString(mount.dataset.resolve("file"), "content");
    mount.writeConf(etcd.settings(), "");
    closing(Worker.start(member(mount, directory, etcd)));
    String hurry = "membership.etcd.timeout=100ms";
    Shell.Result status = mount.railfs("status", "-D", hurry);
    // It asks several times, and one of the later answers may be late on a busy machine.
    for (int i = 0; i < 4 && status.exit() != 0; i++) {
      status = mount.railfs("status", "-D", hurry);
    }
    assertThat(status.ok().out()).contains("cluster ok: 1 of 1");
    etcd.stop();
    Shell.Result without = mount.railfs("status", "-D", hurry);
    assertThat(without.out() + without.err()).contains("gave no answer");
  }

  @Test
  void eightClientsThatMissOnANewWorkerCostTheUfsEachBlockOnce(@TempDir Path directory)
      throws Exception {
    int blocks = 64;
    Files.createDirectories(directory.resolve("data"));
    writeFile(directory.resolve("data/file"), blocks * BLOCK);
    Worker worker = closing(Worker.start(workerSettings(directory, "")));
    List<Cluster> clients = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      clients.add(closing(ClusterClient.connect(clientSettings(worker))));
    }
    RailPath path = RailPath.of("/file");
    Attributes file = clients.get(0).metadata().stat(path, deadline());
    FileVersion version = file.version();
    List<CompletableFuture<Void>> ends = new ArrayList<>();
    for (int block = 0; block < blocks; block++) {
      for (Cluster client : clients) {
        End end = new End();
        ends.add(end.future);
        client
            .pages()
            .fetch(new FetchRequest(path, version, (long) block * BLOCK, BLOCK, deadline()), end);
      }
    }
    CompletableFuture.allOf(ends.toArray(CompletableFuture<?>[]::new)).get(60, TimeUnit.SECONDS);
    assertThat(worker.status().getLoads()).isEqualTo(blocks);
  }

  @Test
  void aWorkerThatIsStoppedHandsOverBeforeItLeaves(@TempDir Path directory) throws Exception {
    boolean isKnown = isKnownToDrainWhenItLeaves(directory.resolve("0"));
    // It leaves when nobody has asked for half a second, also where the machine stood still.
    for (int i = 1; i < 4 && !isKnown; i++) {
      isKnown = isKnownToDrainWhenItLeaves(directory.resolve(String.valueOf(i)));
    }
    assertThat(isKnown).as("what the client knew before the worker left").isTrue();
  }

  /** Reads without an error meanwhile. */
  private boolean isKnownToDrainWhenItLeaves(Path directory) throws Exception {
    int blocks = 64;
    Files.createDirectories(directory.resolve("data"));
    writeFile(directory.resolve("data/file"), blocks * BLOCK);
    Worker leaving = closing(Worker.start(workerSettings(directory, "")));
    Worker staying =
        closing(
            Worker.start(
                workerSettings(
                    directory,
                    "railfs.worker.store.directories = [\"" + directory.resolve("other") + "\"]")));
    Cluster client = closing(ClusterClient.connect(clientSettings(leaving, staying)));
    RailPath path = RailPath.of("/file");
    FileVersion version = client.metadata().stat(path, deadline()).version();
    CompletableFuture<Void> left = new CompletableFuture<>();
    for (int i = 0; i < 2 * blocks || !left.isDone() || i % blocks != 0; i++) {
      if (i == blocks) {
        left = CompletableFuture.runAsync(leaving::close);
      }
      End end = new End();
      long offset = (long) (i % blocks) * BLOCK;
      client.pages().fetch(new FetchRequest(path, version, offset, BLOCK, deadline()), end);
      end.future.get(60, TimeUnit.SECONDS);
    }
    // It has this from the worker, which is not there any more to say it.
    return client.stats().workers().get(0).facts().state() == WorkerState.DRAINING;
  }

  /** A further worker over the same dataset. */
  private static WorkerSettings member(MountEnvironment mount, Path directory, EtcdServer etcd) {
    return workerSettings(
        directory,
        etcd.settings()
            + "railfs.worker { block-size = 1MiB, ufs = \"file://"
            + mount.dataset
            + "\" }");
  }

  private static long deadline() {
    return System.nanoTime() + TIMEOUT.toNanos();
  }

  private static WorkerSettings workerSettings(Path directory, String further) {
    return WorkerSettings.of(
        config(
            "railfs.worker { ufs = \"file://"
                + directory.resolve("data")
                + "\", block-size = 128KiB, rpc.bind { host = 127.0.0.1, port = 0 }"
                + ", data.bind { host = 127.0.0.1, port = 0 }, web.enabled = false"
                + ", rest.enabled = false, store { directories = [\""
                + directory.resolve("store")
                + "\"], capacity = 64MiB } }\n"
                + further));
  }

  private static ClientSettings clientSettings(Worker... workers) {
    String endpoints =
        Stream.of(workers)
            .map(worker -> "\"127.0.0.1:" + worker.rpcPort() + "\"")
            .collect(Collectors.joining(","));
    return ClientSettings.of(
        config("railfs.client.threads = 1, railfs.workers = [" + endpoints + "]"));
  }

  private static Config config(String text) {
    return ConfigFactory.parseString(text).withFallback(ConfigFactory.load());
  }

  private static String writeFile(Path file, int bytes) throws Exception {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    Files.write(file, content);
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
  }

  private <C extends AutoCloseable> C closing(C resource) {
    open.push(resource);
    return resource;
  }

  /** Takes a fetch's end alone. */
  private static final class End implements FetchSink {
    private final CompletableFuture<Void> future = new CompletableFuture<>();

    @Override
    public void write(int position, io.netty.buffer.ByteBuf bytes) {}

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

  /** Reads a file past the kernel's cache without pause, and compares its sum. */
  private final class Reader implements AutoCloseable {
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final AtomicInteger rounds = new AtomicInteger();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final CompletableFuture<Void> result;

    Reader(Path file, String sum) {
      result = CompletableFuture.runAsync(() -> read(file, sum), thread);
      open.push(this);
    }

    private void read(Path file, String sum) {
      try {
        while (!ended.get()) {
          MessageDigest digest = MessageDigest.getInstance("SHA-256");
          try (DigestInputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
          }
          assertThat(HexFormat.of().formatHex(digest.digest())).isEqualTo(sum);
          rounds.incrementAndGet();
          MountEnvironment.dropKernelPages(file);
        }
      } catch (Exception e) {
        throw new AssertionError("a read failed", e);
      }
    }

    void awaitRounds(int more) {
      int target = rounds.get() + more;
      await()
          .atMost(TIMEOUT)
          .until(() -> rounds.get() >= target || result.isCompletedExceptionally());
      assertThat(result).isNotCompletedExceptionally();
    }

    void end() throws Exception {
      ended.set(true);
      result.get(60, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
      ended.set(true);
      thread.shutdownNow();
    }
  }
}
