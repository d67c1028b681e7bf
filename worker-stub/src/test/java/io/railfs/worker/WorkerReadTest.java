// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.railfs.protocol.Attributes;
import io.railfs.protocol.Chunks;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.Seed;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.StatusReply;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WorkerReadTest {
  private static final int SIZE = 5 * TestSettings.BLOCK + 12_345;

  @TempDir Path directory;
  private Path ufs;
  private Path store;
  private byte[] content;

  @BeforeEach
  void makeFile() throws IOException {
    ufs = Files.createDirectory(directory.resolve("ufs"));
    store = directory.resolve("store");
    content = new byte[SIZE];
    new Random(7).nextBytes(content);
    Files.write(ufs.resolve("f"), content);
  }

  private static byte[] readWhole(TestClient client, String path, FileVersion version)
      throws Exception {
    byte[] whole = new byte[(int) version.size()];
    for (int at = 0; at < whole.length; at += TestSettings.BLOCK) {
      int length = Chunks.blockLength(whole.length, TestSettings.BLOCK, at / TestSettings.BLOCK);
      TestClient.Reply reply = client.read(path, version, at, length);
      assertThat(TestClient.isIntact(reply)).isTrue();
      System.arraycopy(reply.payload(), 0, whole, at, length);
    }
    return whole;
  }

  private static byte[] sha256(byte[] bytes) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(bytes);
  }

  @Test
  void aFileReadThroughTheWorkerHasTheSha256OfTheFileColdAndHotAndAfterARestart() throws Exception {
    FileVersion version;
    String id;
    try (Worker worker = Worker.start(TestSettings.of(ufs, store));
        TestClient rpc = TestClient.connect(worker.rpcPort());
        TestClient data = TestClient.connect(worker.dataPort())) {
      id = worker.id();
      Attributes attributes = rpc.stat("/f");
      version = attributes.version();
      assertThat(sha256(readWhole(data, "/f", version))).isEqualTo(sha256(content));
      // Nobody waits for the store to take a block; until then a read of it counts for the load.
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> worker.status().getBlocks() == 6 && worker.status().getMisses() == 6);
      assertThat(sha256(readWhole(data, "/f", version))).isEqualTo(sha256(content));
      StatusReply status = worker.status();
      assertThat(status.getMisses()).isEqualTo(6);
      assertThat(status.getHits()).isEqualTo(6);
      assertThat(status.getLoads()).isEqualTo(6);
      assertThat(status.getBlocks()).isEqualTo(6);
      assertThat(status.getSentBytes()).isEqualTo(2L * SIZE);
    }
    try (Worker worker = Worker.start(TestSettings.of(ufs, store));
        TestClient data = TestClient.connect(worker.dataPort())) {
      assertThat(worker.id()).isEqualTo(id);
      assertThat(sha256(readWhole(data, "/f", version))).isEqualTo(sha256(content));
      assertThat(worker.status().getLoads()).isZero();
      assertThat(worker.status().getHits()).isEqualTo(6);
    }
  }

  @Test
  void pipelinedReadsOfRandomChunksAreAllAnsweredWithTheRightBytes() throws Exception {
    long seed = Seed.take();
    Random random = new Random(seed);
    try (Worker worker = Worker.start(TestSettings.of(ufs, store));
        TestClient rpc = TestClient.connect(worker.rpcPort());
        TestClient data = TestClient.connect(worker.dataPort())) {
      FileVersion version = rpc.stat("/f").version();
      Map<Long, Integer> offsets = new HashMap<>();
      int requests = 400;
      for (int i = 0; i < requests; i++) {
        int offset = random.nextInt(SIZE / Chunks.SIZE) * Chunks.SIZE;
        long id =
            data.send(
                Opcode.READ, TestClient.readRequest("/f", version, offset, Chunks.SIZE, false));
        offsets.put(id, offset);
      }
      for (int i = 0; i < requests; i++) {
        TestClient.Reply reply = data.receive();
        int offset = offsets.remove(reply.frame().header().requestId());
        assertThat(TestClient.isIntact(reply)).isTrue();
        assertThat(reply.payload())
            .isEqualTo(Arrays.copyOfRange(content, offset, offset + Chunks.SIZE));
      }
      assertThat(offsets).isEmpty();
    }
  }

  @Test
  void sixtyFourReadersOfOneColdBlockCauseOneLoad() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(64);
    try (Worker worker = Worker.start(TestSettings.of(ufs, store));
        TestClient rpc = TestClient.connect(worker.rpcPort())) {
      FileVersion version = rpc.stat("/f").version();
      List<Callable<byte[]>> reads = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        reads.add(
            () -> {
              try (TestClient data = TestClient.connect(worker.dataPort())) {
                return data.read("/f", version, 0, TestSettings.BLOCK).payload();
              }
            });
      }
      for (Future<byte[]> read : pool.invokeAll(reads)) {
        assertThat(read.get()).isEqualTo(Arrays.copyOf(content, TestSettings.BLOCK));
      }
      assertThat(worker.status().getLoads()).isEqualTo(1);
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void aReplacedFileIsStaleForItsOldVersionAndReadableInItsNewOne() throws Exception {
    try (Worker worker = Worker.start(TestSettings.of(ufs, store));
        TestClient rpc = TestClient.connect(worker.rpcPort());
        TestClient data = TestClient.connect(worker.dataPort())) {
      FileVersion old = rpc.stat("/f").version();
      byte[] changed = content.clone();
      changed[0]++;
      Path next = Files.write(ufs.resolve("next"), changed);
      Files.move(next, ufs.resolve("f"), StandardCopyOption.ATOMIC_MOVE);
      assertThat(data.read("/f", old, 0, Chunks.SIZE).error().getCode()).isEqualTo(ErrorCode.STALE);
      FileVersion now = rpc.stat("/f").version();
      assertThat(readWhole(data, "/f", now)).isEqualTo(changed);
    }
  }

  @Test
  void aFlippedBlockFileIsRepairedWhenTheReaderSuspectsIt() throws Exception {
    try (Worker worker = Worker.start(TestSettings.of(ufs, store));
        TestClient rpc = TestClient.connect(worker.rpcPort());
        TestClient data = TestClient.connect(worker.dataPort())) {
      FileVersion version = rpc.stat("/f").version();
      TestClient.Reply good = data.read("/f", version, 0, TestSettings.BLOCK);
      try (RandomAccessFile file = new RandomAccessFile(onlyBlock().toFile(), "rw")) {
        file.seek(100_000);
        int was = file.read();
        file.seek(100_000);
        file.write(was ^ 1);
      }
      TestClient.Reply bad = data.read("/f", version, 0, TestSettings.BLOCK);
      assertThat(TestClient.isIntact(bad)).isFalse();
      TestClient.Reply repaired =
          data.call(
              Opcode.READ, TestClient.readRequest("/f", version, 0, TestSettings.BLOCK, true));
      assertThat(TestClient.isIntact(repaired)).isTrue();
      assertThat(repaired.payload()).isEqualTo(good.payload());
      assertThat(worker.status().getQuarantined()).isEqualTo(1);
      assertThat(worker.status().getLoads()).isEqualTo(2);
      assertThat(store.resolve("quarantine")).isNotEmptyDirectory();
    }
  }

  @Test
  void aSuspectedBlockThatIsGoodIsSentWithoutALoad() throws Exception {
    try (Worker worker = Worker.start(TestSettings.of(ufs, store));
        TestClient rpc = TestClient.connect(worker.rpcPort());
        TestClient data = TestClient.connect(worker.dataPort())) {
      FileVersion version = rpc.stat("/f").version();
      for (int i = 0; i < 2; i++) {
        TestClient.Reply reply =
            data.call(
                Opcode.READ, TestClient.readRequest("/f", version, 0, TestSettings.BLOCK, true));
        assertThat(TestClient.isIntact(reply)).isTrue();
      }
      assertThat(worker.status().getLoads()).isEqualTo(1);
      assertThat(worker.status().getQuarantined()).isZero();
    }
  }

  /** Of the file that was read: readers have its bytes before the store does. */
  private Path onlyBlock() {
    return await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              try (Stream<Path> files = Files.walk(store)) {
                return files.filter(file -> file.toString().endsWith("-0")).findFirst();
              }
            },
            Optional::isPresent)
        .orElseThrow();
  }

  @Test
  void readsThatBreakTheRulesAreRefusedAndTheConnectionGoesOn() throws Exception {
    try (Worker worker = Worker.start(TestSettings.of(ufs, store));
        TestClient rpc = TestClient.connect(worker.rpcPort());
        TestClient data = TestClient.connect(worker.dataPort())) {
      FileVersion version = rpc.stat("/f").version();
      int block = TestSettings.BLOCK;
      long[][] bad = {
        {1, Chunks.SIZE}, // unaligned offset
        {0, 1}, // ends inside a chunk
        {0, 0},
        {0, -1},
        {-Chunks.SIZE, Chunks.SIZE},
        {block - Chunks.SIZE, 2L * Chunks.SIZE}, // crosses a block
        {5L * block, block}, // behind the end
        {Long.MAX_VALUE & -Chunks.SIZE, Chunks.SIZE}
      };
      for (long[] read : bad) {
        assertThat(data.read("/f", version, read[0], (int) read[1]).error().getCode())
            .as(Arrays.toString(read))
            .isEqualTo(ErrorCode.INVALID_REQUEST);
      }
      for (String path : List.of("", "f", "/../f", "/a/./b", "//f", "/f/", "/" + "x".repeat(256))) {
        assertThat(data.read(path, version, 0, Chunks.SIZE).error().getCode())
            .as(path)
            .isEqualTo(ErrorCode.INVALID_REQUEST);
      }
      assertThat(data.read("/none", version, 0, Chunks.SIZE).error().getCode())
          .isEqualTo(ErrorCode.NOT_FOUND);
      assertThat(data.read("/f/g", version, 0, Chunks.SIZE).error().getCode())
          .isEqualTo(ErrorCode.NOT_A_DIRECTORY);
      Files.createDirectory(ufs.resolve("d"));
      assertThat(data.read("/d", version, 0, Chunks.SIZE).error().getCode())
          .isEqualTo(ErrorCode.NOT_A_FILE);
      assertThat(readWhole(data, "/f", version)).isEqualTo(content);
    }
  }
}
