// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What commands, page, metrics and logs say of a UFS that is down, and that it is back. */
@Timeout(600)
final class StoreHealthTest {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final String WATCH =
      """
      railfs.start-timeout = 80s
      railfs.worker.ufs-watch { down-interval = 1s, idle-interval = 2s }
      """;

  @TempDir private Path directory;
  private final HttpClient http = HttpClient.newHttpClient();
  private MountEnvironment playground;

  @BeforeEach
  void create() {
    playground = MountEnvironment.create();
  }

  @AfterEach
  void close() {
    Shell.bash("while umount \"$1\" 2>/dev/null; do :; done", playground.dataset);
    playground.close();
  }

  private String web(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + playground.webPort + path);
    return http.send(HttpRequest.newBuilder(uri).timeout(LONG).build(), BodyHandlers.ofString())
        .body();
  }

  private void awaitStatus(int exit, String... words) {
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> {
              Shell.Result status = playground.railfs("status");
              assertThat(status.exit()).as(status.toString()).isEqualTo(exit);
              assertThat(status.out()).contains(words);
            });
  }

  @Test
  void aStoreThatStopsIsSeenEverywhereAndItsReturnToo() throws Exception {
    try (ObjectStore store = ObjectStore.start(Files.createDirectory(directory.resolve("o")))) {
      store.put("train/a", new byte[100_000]);
      store.put("train/b", new byte[100_000]);
      playground.writeConf(
          "railfs.client { read-deadline = 20s, metadata-deadline = 20s }\n"
              + "railfs.mount { attribute-timeout = 1s, entry-timeout = 1s }",
          WATCH
              + "railfs.worker { ufs = \"s3://dataset\", ufs-options "
              + store.conf(ObjectStore.SECRET)
              + " }");
      store.wire.cut(true);
      Shell.Result start = playground.railfs("worker", "start").ok();
      assertThat(start.err())
          .contains("railfs: the UFS s3://dataset does not answer: ")
          .contains("; the worker serves what it has stored, and the UFS when it is back");
      assertThat(start.err().lines().filter(line -> line.contains("s3://"))).hasSize(1);
      awaitStatus(1, "DEGRADED", "the UFS s3://dataset does not answer: ");
      store.wire.cut(false);
      awaitStatus(0, "cluster ok");
      playground.mount();
      assertThat(Files.readAllBytes(playground.mountpoint.resolve("train/a"))).hasSize(100_000);

      // It takes requests and says nothing.
      store.wire.rate(0);
      assertThatThrownBy(() -> Files.readAllBytes(playground.mountpoint.resolve("train/b")))
          .isInstanceOf(IOException.class);
      assertSeenDown();
      assertSaid("load");
      assertSaid("check");
      // On a slow machine the kernel asks for the directory first, and that is what fails.
      assertThat(playground.mountLog().lines().filter(line -> line.contains("/train")))
          .anyMatch(line -> line.contains("the UFS s3://dataset does not answer: "))
          .noneMatch(line -> line.contains("gave no answer"));
      store.wire.rate(Long.MAX_VALUE);
      awaitStatus(0, "cluster ok");
      assertThat(web("/metrics"))
          .contains("railfs_worker_ufs_up{ufs=\"/\",uri=\"s3://dataset\"} 1.0");
      assertThat(Files.readAllBytes(playground.mountpoint.resolve("train/b"))).hasSize(100_000);
      assertThat(playground.workerLog()).contains("s3://dataset is well again");
    }
  }

  private void assertSeenDown() throws Exception {
    awaitStatus(1, "DEGRADED", ": the UFS s3://dataset does not answer: ", "1 of 1 UFS down");
    Shell.Result worker = playground.railfs("worker", "status");
    assertThat(worker.exit()).isEqualTo(1);
    assertThat(worker.out()).contains("s3://dataset", "down ", "does not answer: ");
    Config ufs =
        ConfigFactory.parseString("w = " + playground.railfs("worker", "status", "--json").out())
            .getConfigList("w")
            .get(0)
            .getConfigList("ufs_states")
            .get(0);
    assertThat(ufs.getString("state")).isEqualTo("down");
    assertThat(ufs.getString("problem")).startsWith("the UFS s3://dataset does not answer: ");
    assertThat(ufs.getLong("requests.read")).isPositive();
    assertThat(web("/metrics"))
        .contains("railfs_worker_ufs_up{ufs=\"/\",uri=\"s3://dataset\"} 0.0");
    assertThat(web("/status"))
        .contains("the UFS s3://dataset does not answer: ")
        .doesNotContain(ObjectStore.SECRET);
  }

  private void assertSaid(String command) {
    Shell.Result result = playground.railfs(command, "/train");
    assertThat(result.exit()).as(result.toString()).isEqualTo(1);
    assertThat(result.err())
        .contains("the UFS s3://dataset does not answer: ")
        .doesNotContain("gave no answer");
  }

  @Test
  void aFileSystemThatIsUnmountedIsSeenAndItsReturnToo() throws Exception {
    Path source = Files.createDirectory(directory.resolve("source"));
    Files.writeString(source.resolve("a"), "content");
    Shell.bash("mount --bind \"$1\" \"$2\"", source, playground.dataset).ok();
    playground.writeConf("", WATCH);
    playground.startWorker();
    awaitStatus(0, "cluster ok", "file://" + playground.dataset);
    Shell.bash("umount \"$1\"", playground.dataset).ok();
    awaitStatus(
        1,
        "DEGRADED",
        "the UFS file://" + playground.dataset + " fails: the UFS is not what it was at the start");
    assertThat(web("/metrics")).contains("railfs_worker_ufs_up{").contains("\"} 0.0");
    Shell.bash("mount --bind \"$1\" \"$2\"", source, playground.dataset).ok();
    awaitStatus(0, "cluster ok");
  }

  @Test
  void aWorkerThatStartsBeforeItsFileSystemIsMountedSaysSo() throws Exception {
    Path source = Files.createDirectory(directory.resolve("source"));
    Files.writeString(source.resolve("a"), "content");
    playground.writeConf("", WATCH);
    Shell.Result start = playground.railfs("worker", "start").ok();
    assertThat(start.err())
        .contains("railfs: the UFS file://" + playground.dataset + " fails: the root of the UFS is")
        .contains("mount its file system, or fill it");
    awaitStatus(1, "DEGRADED", "the root of the UFS is empty");
    Shell.bash("mount --bind \"$1\" \"$2\"", source, playground.dataset).ok();
    awaitStatus(0, "cluster ok");
    playground.stopWorker();
  }
}
