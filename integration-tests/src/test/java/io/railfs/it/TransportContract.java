// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.railfs.client.ClientSettings;
import io.railfs.client.Cluster;
import io.railfs.client.ClusterException;
import io.railfs.client.FetchRequest;
import io.railfs.client.FetchSink;
import io.railfs.client.RailStats;
import io.railfs.client.TransportKind;
import io.railfs.client.connect.ClusterClient;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.worker.Worker;
import io.railfs.worker.WorkerSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every transport owes the fetches above it; real workers, real sockets, real files. */
abstract class TransportContract {
  static final int BLOCK = 256 << 10;
  static final int CHUNK = 16 << 10;

  /** Of several blocks, the last of which ends inside a chunk. */
  private static final int SIZE = 9 * BLOCK + 3 * CHUNK + 1_234;

  static final Duration TIME = Duration.ofSeconds(30);

  @TempDir Path directory;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private Path dataset;
  private byte[] content;

  /** The transport. */
  abstract TransportKind kind();

  @BeforeEach
  void makeDataset() throws IOException {
    dataset = Files.createDirectories(directory.resolve("data"));
    content = new byte[SIZE];
    new Random(7).nextBytes(content);
    Files.write(dataset.resolve("file"), content);
  }

  @AfterEach
  void close() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  final <T extends AutoCloseable> T closing(T one) {
    open.push(one);
    return one;
  }

  final Path directory() {
    return directory;
  }

  final WorkerSettings workerSettings(String further) {
    Config config =
        ConfigFactory.parseString(
                """
                railfs.worker {
                  ufs = "file://%s", block-size = 256KiB, drain-timeout = 0s
                  rpc.bind { host = 127.0.0.1, port = 0 }, data.bind { host = 127.0.0.1, port = 0 }
                  web.enabled = false, rest.enabled = false
                  store { directories = ["%s"], capacity = 64MiB }
                  local.socket = "%s"
                  rdma.memory = 16MiB
                }
                """
                    .formatted(dataset, directory.resolve("store"), socket()))
            .withFallback(ConfigFactory.load());
    return WorkerSettings.of(ConfigFactory.parseString(further).withFallback(config).resolve());
  }

  final Path socket() {
    return directory.resolve("run/worker.socket");
  }

  final Worker worker(String further) throws Exception {
    return closing(Worker.start(workerSettings(further)));
  }

  /** A client that may use this transport alone. */
  final Cluster client(int rpcPort, String further) throws ClusterException {
    return closing(ClusterClient.connect(clientSettings(rpcPort, kind().label(), further)));
  }

  static ClientSettings clientSettings(int rpcPort, String transport, String further) {
    String own =
        "railfs { workers = [\"127.0.0.1:%d\"], client.data { transport = %s, rdma.memory = 16MiB } }\n"
            .formatted(rpcPort, transport);
    return ClientSettings.of(
        ConfigFactory.parseString(further)
            .withFallback(ConfigFactory.parseString(own))
            .withFallback(ConfigFactory.load())
            .resolve());
  }

  final FileVersion version(Cluster client) throws ClusterException {
    return version(client, path());
  }

  static FileVersion version(Cluster client, RailPath path) throws ClusterException {
    return client.metadata().stat(path, System.nanoTime() + TIME.toNanos()).version();
  }

  static RailPath path() {
    try {
      return RailPath.of("/file");
    } catch (io.railfs.protocol.ProtocolException e) {
      throw new IllegalStateException(e);
    }
  }

  final Sink fetch(Cluster client, FileVersion version, long offset, int length) {
    return fetch(client, version, offset, length, TIME);
  }

  final Sink fetch(Cluster client, FileVersion version, long offset, int length, Duration time) {
    return fetch(client, path(), version, offset, length, time);
  }

  static Sink fetch(
      Cluster client, RailPath path, FileVersion version, long offset, int length, Duration time) {
    Sink sink = new Sink(length);
    long deadline = System.nanoTime() + time.toNanos();
    client.pages().fetch(new FetchRequest(path, version, offset, length, deadline), sink);
    return sink;
  }

  /** Has the worker load and store the whole file. */
  final void load(Cluster client, FileVersion version, Worker worker) throws Exception {
    for (long at = 0; at < SIZE; at += BLOCK) {
      fetch(client, version, at, (int) Math.min(BLOCK, SIZE - at)).await();
    }
    await().until(() -> worker.status().getBlocks() == (SIZE + BLOCK - 1) / BLOCK);
  }

  final void assertRight(Sink sink, long offset) throws Exception {
    sink.await();
    assertThat(sink.breaches).isNull();
    byte[] wanted = java.util.Arrays.copyOfRange(content, (int) offset, (int) offset + sink.length);
    assertThat(sink.bytes()).isEqualTo(wanted);
  }

  static RailStats rail(Cluster client) {
    return client.stats().workers().get(0).rails().get(0);
  }

  /** What one thread reads, with random numbers of its own. */
  private interface Reads {
    void run(Random random) throws Exception;
  }

  private static List<Future<Void>> readers(ExecutorService threads, int count, Reads reads) {
    List<Future<Void>> ends = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Random random = new Random(i);
      ends.add(
          threads.submit(
              () -> {
                reads.run(random);
                return null;
              }));
    }
    return ends;
  }

  private static void awaitEnds(List<Future<Void>> ends) throws Exception {
    for (Future<Void> end : ends) {
      end.get(90, TimeUnit.SECONDS);
    }
  }

  @Test
  void everyRunOfChunksIsRightAndThisTransportBringsIt() throws Exception {
    Worker worker = worker("");
    Cluster client = client(worker.rpcPort(), "");
    FileVersion version = version(client);
    load(client, version, worker);
    RailStats before = rail(client);
    long bytes = 0;
    for (int block = 0; block <= SIZE / BLOCK; block++) {
      int blockLength = Math.min(BLOCK, SIZE - block * BLOCK);
      for (int start = 0; start < blockLength; start += CHUNK) {
        for (int length : new int[] {CHUNK, 5 * CHUNK, BLOCK}) {
          int count = Math.min(length, blockLength - start);
          long offset = (long) block * BLOCK + start;
          assertRight(fetch(client, version, offset, count), offset);
          bytes += count;
        }
      }
    }
    RailStats after = rail(client);
    assertThat(after.transport()).isEqualTo(kind());
    long local = after.bytesLocal() - before.bytesLocal();
    long rdma = after.bytesRdma() - before.bytesRdma();
    long tcp = after.bytesReceived() - before.bytesReceived();
    switch (kind()) {
      case LOCAL -> assertThat(local).isEqualTo(bytes);
      case RDMA -> assertThat(rdma).isBetween(bytes, bytes + bytes / 50);
      case TCP -> assertThat(tcp).isGreaterThanOrEqualTo(bytes);
    }
    if (kind() != TransportKind.TCP) {
      assertThat(tcp).isLessThan(bytes / 20);
    }
    assertThat(kind() == TransportKind.LOCAL || local == 0).isTrue();
    assertThat(kind() == TransportKind.RDMA || rdma == 0).isTrue();
  }

  @Test
  void thousandsOfFetchesOfManyThreadsEndOnceEachWithTheirOwnBytes() throws Exception {
    Worker worker = worker("");
    Cluster client = client(worker.rpcPort(), "");
    FileVersion version = version(client);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<Void>> ends =
          readers(
              threads,
              8,
              random -> {
                List<Sink> sinks = new ArrayList<>();
                List<Long> offsets = new ArrayList<>();
                for (int k = 0; k < 500; k++) {
                  long offset = (long) random.nextInt(SIZE / CHUNK) * CHUNK;
                  int blockLeft = (int) (BLOCK - offset % BLOCK);
                  int length = Math.min(blockLeft, (1 + random.nextInt(12)) * CHUNK);
                  length = (int) Math.min(length, SIZE - offset);
                  offsets.add(offset);
                  sinks.add(fetch(client, version, offset, length));
                }
                for (int k = 0; k < sinks.size(); k++) {
                  assertRight(sinks.get(k), offsets.get(k));
                }
              });
      awaitEnds(ends);
    } finally {
      threads.shutdownNow();
    }
    assertThat(client.stats().bytesInFlight()).isZero();
    assertThat(rail(client).bytesInFlight()).isZero();
  }

  @Test
  void blocksThatAreNotInTheMemoryOfTheKernelAreReadFromTheDisk() throws Exception {
    Worker worker = worker("");
    Cluster client = client(worker.rpcPort(), "");
    FileVersion version = version(client);
    load(client, version, worker);
    String drop =
        """
        import os, sys
        for path in sys.argv[1:]:
            fd = os.open(path, os.O_RDONLY); os.fsync(fd)
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        """;
    for (int round = 0; round < 5; round++) {
      List<Object> words = new ArrayList<>(List.of(drop));
      words.addAll(blockFiles());
      Shell.bash("python3 -c \"$1\" \"${@:2}\"", words.toArray()).ok();
      List<Sink> sinks = new ArrayList<>();
      for (long at = 0; at < SIZE; at += BLOCK) {
        sinks.add(fetch(client, version, at, (int) Math.min(BLOCK, SIZE - at)));
      }
      for (int i = 0; i < sinks.size(); i++) {
        assertRight(sinks.get(i), (long) i * BLOCK);
      }
    }
    assertThat(client.stats().workers().get(0).checksumFailures()).isZero();
    assertThat(rail(client).bytesInFlight()).isZero();
    if (kind() == TransportKind.LOCAL) {
      assertThat(Thread.getAllStackTraces().keySet())
          .as("threads, of which those for disks end after a while")
          .anyMatch(thread -> thread.getName().startsWith("railfs-local-disk"));
    }
  }

  @Test
  void aFetchEndsAtItsDeadlineWhileTheWorkerDoesNothingAndLaterOnesSucceed() throws Exception {
    try (Victim victim = victim()) {
      Cluster client = client(victim.rpcPort(), "railfs.client.attempt-timeout = 500ms");
      FileVersion version = version(client);
      assertRight(fetch(client, version, 0, CHUNK), 0);
      victim.stop();
      try (Lateness machine = Lateness.start()) {
        long start = System.nanoTime();
        Sink late = fetch(client, version, 2L * BLOCK, BLOCK, Duration.ofSeconds(2));
        assertThatThrownBy(late::await).hasCauseInstanceOf(ClusterException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
            .isLessThan(Duration.ofSeconds(4).plus(machine.total()));
        assertThat(late.breaches).isNull();
      } finally {
        victim.goOn();
      }
      assertRight(fetch(client, version, 2L * BLOCK, BLOCK), 2L * BLOCK);
    }
  }

  @Test
  void badBytesAreNeverGivenAndTheWorkerIsInformed() throws Exception {
    Worker worker = worker("");
    Cluster client = client(worker.rpcPort(), "");
    FileVersion version = version(client);
    load(client, version, worker);
    // Open now, on both sides where this transport opens anything.
    assertRight(fetch(client, version, 0, CHUNK), 0);
    List<Path> blocks = blockFiles();
    for (Path block : blocks) {
      try (FileChannel file = FileChannel.open(block, StandardOpenOption.WRITE)) {
        file.write(ByteBuffer.wrap("damaged".getBytes(US_ASCII)), 2 * CHUNK);
      }
    }
    for (long at = 0; at < SIZE; at += BLOCK) {
      assertRight(fetch(client, version, at, (int) Math.min(BLOCK, SIZE - at)), at);
    }
    assertThat(worker.status().getQuarantined()).isEqualTo(blocks.size());
    assertThat(client.stats().workers().get(0).checksumFailures()).isPositive();
  }

  @Test
  void aBlockThatIsShorterThanAnnouncedIsNeverGiven() throws Exception {
    Worker worker = worker("");
    Cluster client = client(worker.rpcPort(), "");
    FileVersion version = version(client);
    load(client, version, worker);
    assertRight(fetch(client, version, 0, CHUNK), 0);
    for (Path block : blockFiles()) {
      try (FileChannel file = FileChannel.open(block, StandardOpenOption.WRITE)) {
        file.truncate(CHUNK + 100);
      }
    }
    for (long at = 0; at < SIZE; at += BLOCK) {
      assertRight(fetch(client, version, at, (int) Math.min(BLOCK, SIZE - at)), at);
    }
  }

  @Test
  void fetchesGoOnWhenTheWorkerIsKilledAndStartedAgain() throws Exception {
    try (Victim victim = victim()) {
      Cluster client = client(victim.rpcPort(), "railfs.client.read-deadline = 60s");
      FileVersion version = version(client);
      AtomicBoolean stop = new AtomicBoolean();
      AtomicInteger rounds = new AtomicInteger();
      ExecutorService threads = Executors.newFixedThreadPool(4);
      try {
        List<Future<Void>> readers =
            readers(
                threads,
                4,
                random -> {
                  while (!stop.get()) {
                    long offset = (long) random.nextInt(SIZE / CHUNK) * CHUNK;
                    int length = (int) Math.min(CHUNK, SIZE - offset);
                    Sink sink = fetch(client, version, offset, length, Duration.ofSeconds(60));
                    sink.await(70);
                    assertRight(sink, offset);
                    rounds.incrementAndGet();
                  }
                });
        for (int i = 0; i < 2; i++) {
          int before = rounds.get();
          await().atMost(TIME).until(() -> rounds.get() > before + 200);
          victim.killAndStart();
        }
        int before = rounds.get();
        await().atMost(TIME).until(() -> rounds.get() > before + 200);
        stop.set(true);
        awaitEnds(readers);
      } finally {
        stop.set(true);
        threads.shutdownNow();
      }
      await().untilAsserted(() -> assertThat(rail(client).transport()).isEqualTo(kind()));
    }
  }

  @Test
  void closingWithFetchesUnderWayEndsEachOfThem() throws Exception {
    Worker worker = worker("");
    Cluster client = ClusterClient.connect(clientSettings(worker.rpcPort(), kind().label(), ""));
    FileVersion version = version(client);
    List<Sink> sinks = new ArrayList<>();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<?> fetches =
          thread.submit(
              () -> {
                for (int i = 0; i < 2_000; i++) {
                  sinks.add(fetch(client, version, (long) (i % 9) * BLOCK, BLOCK));
                }
              });
      Thread.sleep(20);
      client.close();
      fetches.get(30, TimeUnit.SECONDS);
      for (Sink sink : sinks) {
        try {
          sink.await(10);
        } catch (ExecutionException e) {
          assertThat(e.getCause()).isInstanceOf(ClusterException.class);
        }
        assertThat(sink.breaches).isNull();
      }
    } finally {
      thread.shutdownNow();
    }
  }

  @Test
  void blocksThatAreEvictedUnderReadersAreRightAndLeaveTheDisk() throws Exception {
    byte[] large = new byte[24 << 20];
    new Random(3).nextBytes(large);
    Files.write(dataset.resolve("file"), large);
    Worker worker = worker("railfs.worker.store.capacity = 6MiB");
    Cluster client = client(worker.rpcPort(), "");
    FileVersion version = version(client);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<Void>> readers =
          readers(
              threads,
              4,
              random -> {
                for (int k = 0; k < 300; k++) {
                  int offset = random.nextInt(large.length / BLOCK) * BLOCK;
                  Sink sink = fetch(client, version, offset, BLOCK);
                  sink.await();
                  assertThat(ByteBuffer.wrap(sink.bytes()))
                      .isEqualTo(ByteBuffer.wrap(large, offset, BLOCK));
                }
              });
      awaitEnds(readers);
    } finally {
      threads.shutdownNow();
    }
    assertThat(worker.status().getEvictions()).isPositive();
    assertThat(client.stats().workers().get(0).checksumFailures()).isZero();
    // Both sides are in this process; what either holds of a file that is gone takes its space.
    await()
        .atMost(Duration.ofSeconds(25))
        .untilAsserted(() -> assertThat(deletedFiles()).isLessThanOrEqualTo(0));
  }

  /** Files of the store that have no name any more and are open in this process. */
  private long deletedFiles() throws IOException {
    long count = 0;
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path fd : all.toList()) {
        try {
          String target = Files.readSymbolicLink(fd).toString();
          count += target.startsWith(directory.toString()) && target.endsWith("(deleted)") ? 1 : 0;
        } catch (IOException e) {
          // Closed meanwhile.
          count += 0;
        }
      }
    }
    return count;
  }

  @Test
  void aClientReadsTheBlocksOfItsPathsAlone() throws Exception {
    Files.createDirectories(dataset.resolve("own"));
    Files.write(dataset.resolve("own/file"), content);
    Path all = secret("all");
    Path limited = secret("limited");
    Worker worker =
        worker(
            "railfs { security.secret-file = \"%s\", worker.security.secrets { \"%s\" = [\"/own\"] } }"
                .formatted(all, limited));
    Cluster whole = client(worker.rpcPort(), "railfs.security.secret-file = \"%s\"".formatted(all));
    FileVersion version = version(whole);
    load(whole, version, worker);
    Cluster part =
        client(worker.rpcPort(), "railfs.security.secret-file = \"%s\"".formatted(limited));
    assertThatThrownBy(fetch(part, version, 0, CHUNK)::await)
        .hasMessageContaining("'/file' does not exist");
    assertThat(rail(part).bytesLocal()).isZero();
  }

  private Path secret(String name) throws IOException {
    Path file = directory.resolve(name + ".secret");
    Files.writeString(file, "a-secret-for-the-transport-" + name + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  /** A worker over the same content that is stopped and killed without its doing. */
  interface Victim extends AutoCloseable {
    int rpcPort();

    /** It does nothing any more, and its connections stay. */
    void stop() throws Exception;

    void goOn() throws Exception;

    /** Kills it, and starts it again at the same port. */
    void killAndStart() throws Exception;

    @Override
    void close();
  }

  /** A process of its own, where this transport can lead to one. */
  Victim victim() throws Exception {
    MountEnvironment process = MountEnvironment.create();
    process.writeConf("", "railfs.worker.block-size = 256KiB");
    Files.write(process.dataset.resolve("file"), content);
    process.startWorker();
    return new Victim() {
      @Override
      public int rpcPort() {
        return process.rpcPort;
      }

      @Override
      public void stop() throws Exception {
        Shell.bash("kill -STOP $1", process.workerPid()).ok();
      }

      @Override
      public void goOn() throws Exception {
        Shell.bash("kill -CONT $1", process.workerPid()).ok();
      }

      @Override
      public void killAndStart() throws Exception {
        process.killWorker();
        process.startWorker();
      }

      @Override
      public void close() {
        process.close();
      }
    };
  }

  final List<Path> blockFiles() throws IOException {
    try (Stream<Path> walk = Files.walk(directory.resolve("store"))) {
      return walk.filter(p -> p.getFileName().toString().matches("[0-9a-f]{32}-\\d+")).toList();
    }
  }

  /** Keeps what a fetch brings, and whether its calls were as they must be. */
  static final class Sink implements FetchSink {
    final int length;
    private final ByteBuffer memory;
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private final AtomicInteger inside = new AtomicInteger();
    private final AtomicInteger verified = new AtomicInteger();
    volatile String breaches;

    Sink(int length) {
      this.length = length;
      this.memory = ByteBuffer.allocateDirect(length);
    }

    byte[] bytes() {
      byte[] bytes = new byte[length];
      memory.get(0, bytes);
      return bytes;
    }

    void await() throws ExecutionException, InterruptedException, TimeoutException {
      await(40);
    }

    void await(int seconds) throws ExecutionException, InterruptedException, TimeoutException {
      end.get(seconds, TimeUnit.SECONDS);
    }

    private void enter(String call) {
      if (inside.getAndIncrement() != 0) {
        breaches = call + " while another call runs";
      }
      if (end.isDone()) {
        breaches = call + " after the end";
      }
    }

    @Override
    public ByteBuf place(int position, int limit) {
      enter("place");
      inside.decrementAndGet();
      int count = Math.min(limit, (128 << 10) - position % (128 << 10));
      return Unpooled.wrappedBuffer(memory.slice(position, count)).clear();
    }

    @Override
    public void write(int position, ByteBuf bytes) {
      enter("write");
      bytes.getBytes(bytes.readerIndex(), memory.slice(position, bytes.readableBytes()));
      inside.decrementAndGet();
    }

    @Override
    public void verified(int position, int count) {
      enter("verified");
      verified.addAndGet(count);
      inside.decrementAndGet();
    }

    @Override
    public void completed() {
      enter("completed");
      if (verified.get() != length) {
        breaches = "completed with " + verified + " of " + length + " bytes";
      }
      inside.decrementAndGet();
      end.complete(null);
    }

    @Override
    public void failed(ClusterException cause) {
      enter("failed");
      inside.decrementAndGet();
      end.completeExceptionally(cause);
    }
  }
}
