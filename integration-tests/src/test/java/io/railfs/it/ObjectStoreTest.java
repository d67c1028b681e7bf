// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A dataset in a bucket, seen through a worker and a mount. */
final class ObjectStoreTest {
  private static final int BLOCK = 4 << 20;
  private static final Duration DEADLINE = Duration.ofSeconds(6);

  @TempDir private static Path directory;
  private static ObjectStore store;
  private static MountEnvironment playground;

  @BeforeAll
  static void start() throws Exception {
    store = ObjectStore.start(Files.createDirectory(directory.resolve("objects")));
    playground = MountEnvironment.create();
    makeDataset(playground.dataset);
    store.putAll(playground.dataset, "train/");
    Files.createDirectories(playground.dataset.resolve("plain"));
    Datasets.file(playground.dataset.resolve("plain/local"), 1_000, 3);
    playground.writeConf(
        "railfs.client.read-deadline = "
            + DEADLINE.toSeconds()
            + "s, railfs.client.attempt-timeout = 5s, railfs.mount { attribute-timeout = 1s,"
            + " entry-timeout = 1s, negative-timeout = 1s }",
        workerConf(ObjectStore.SECRET, "dataset"));
    playground.startWorker();
    playground.mount();
  }

  private static String workerConf(String secret, String bucket) {
    return """
    railfs.worker {
      ufs = ""
      limits.request-timeout = 4s
      ufs-limits.attempt-timeout = 2s
      mounts {
        "/s3/train" = { ufs = "s3://%s/train", ufs-options %s }
        "/plain" = { ufs = "file://%s/plain" }
      }
    }
    """
        .formatted(bucket, store.conf(secret), playground.dataset);
  }

  private static void makeDataset(Path root) throws IOException {
    int[] sizes = {0, 1, 16_385, 131_073, 1_048_576, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5};
    for (int size : sizes) {
      Datasets.file(root.resolve("f" + size), size, size);
    }
    Path deep = Files.createDirectories(root.resolve("a b/c%41/\u00e9"));
    for (int i = 0; i < 50; i++) {
      Datasets.file(deep.resolve("sample-" + i + ".jpg"), 10_000 + i, i);
    }
  }

  @AfterAll
  static void stop() {
    playground.close();
    store.close();
  }

  private static Path at(String name) {
    return playground.mountpoint.resolve("s3/train").resolve(name);
  }

  private static void assertReads(String name, byte[] content) {
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(Files.readAllBytes(at(name))).isEqualTo(content));
  }

  private static byte[] filled(int size, int value) {
    byte[] content = new byte[size];
    Arrays.fill(content, (byte) value);
    return content;
  }

  @Test
  void everyFileOfABucketHasTheSameSha256() {
    String sums =
        "cd \"$1\" && find . -path ./plain -prune -o -type f ! -name 'x-*' -print0 | sort -z |"
            + " xargs -0 sha256sum";
    String there = Shell.bash(sums, playground.mountpoint.resolve("s3/train")).ok().out();
    assertThat(there).isEqualTo(Shell.bash(sums, playground.dataset).ok().out()).contains("jpg");
  }

  @Test
  void severalUfsAreSeenAsOneTree() throws IOException {
    try (Stream<Path> root = Files.list(playground.mountpoint)) {
      assertThat(root.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("plain", "s3");
    }
    assertThat(Files.readAllBytes(playground.mountpoint.resolve("plain/local")))
        .isEqualTo(Files.readAllBytes(playground.dataset.resolve("plain/local")));
  }

  @Test
  void anObjectReplacedWhileItIsOpenReadsAsOneVersionOrAsStale() throws IOException {
    int size = 3 * BLOCK;
    store.put("train/x-changed", filled(size, 1));
    try (FileChannel file = FileChannel.open(at("x-changed"))) {
      ByteBuffer byteRead = ByteBuffer.allocate(1);
      assertThat(file.read(byteRead, 0)).isEqualTo(1);
      store.put("train/x-changed", filled(size + 1, 2));
      try {
        for (long offset = 0; offset < size; offset += 100_000) {
          byteRead.clear();
          assertThat(file.read(byteRead, offset)).isEqualTo(1);
          assertThat(byteRead.get(0)).as("at %s", offset).isEqualTo((byte) 1);
        }
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("Stale file handle");
      }
    }
    assertReads("x-changed", filled(size + 1, 2));
  }

  @Test
  void anObjectDeletedIsGoneForTheNextOpen() {
    store.put("train/x-deleted", filled(1_000, 1));
    assertReads("x-deleted", filled(1_000, 1));
    store.remove("train/x-deleted");
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(Files.exists(at("x-deleted"))).isFalse());
  }

  @Test
  void aSlowStoreCostsTimeADeadOneEndsReadsAndItsReturnIsNoticed() throws IOException {
    byte[] content = filled(2 * BLOCK, 7);
    store.put("train/x-slow", content);
    store.put("train/x-dead", content);
    store.wire.rate(6 << 20);
    assertReads("x-slow", content);
    store.wire.rate(Long.MAX_VALUE);
    try (FileChannel file = FileChannel.open(at("x-dead"))) {
      store.wire.rate(0);
      assertEndsInTime(file);
      store.wire.rate(Long.MAX_VALUE);
      store.wire.cut(true);
      assertEndsInTime(file);
      // The other UFS of this worker is served all the while.
      assertThat(Files.readAllBytes(playground.mountpoint.resolve("plain/local"))).hasSize(1_000);
    } finally {
      store.wire.rate(Long.MAX_VALUE);
      store.wire.cut(false);
    }
    assertReads("x-dead", content);
  }

  private static void assertEndsInTime(FileChannel file) {
    try (Lateness machine = Lateness.start()) {
      long start = System.nanoTime();
      assertThatThrownBy(() -> file.read(ByteBuffer.allocate(1_000), BLOCK))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Input/output error");
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isLessThan(DEADLINE.plusSeconds(1).plus(machine.total()));
    }
  }

  @Test
  void wrongCredentialsAndAMissingBucketStopTheStartInOneSentence() {
    try (MountEnvironment other = MountEnvironment.create()) {
      for (String[] wrong :
          new String[][] {
            {"hush-wrong", "dataset", "refuses these credentials"},
            {ObjectStore.SECRET, "nosuchbucket", "NoSuchBucket"}
          }) {
        other.writeConf("", workerConf(wrong[0], wrong[1]));
        Shell.Result start = other.railfs("worker", "start");
        assertThat(start.exit()).isNotZero();
        assertThat(start.err())
            .contains("s3://" + wrong[1] + "/train", wrong[2])
            .doesNotContain("hush");
      }
      Shell.Result shown = other.railfs("conf", "get", "worker").ok();
      assertThat(shown.out()).contains("(hidden)").doesNotContain("hush");
    }
    String logs = Shell.bash("cat \"$1\"/*", playground.logs).ok().out();
    assertThat(logs).doesNotContain("hush");
  }
}
