// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A mount that reads the blocks of a worker on its own host from their files. */
final class LocalMountTest {
  private static final long SIZE = 40_000_123;

  private MountEnvironment playground;

  @BeforeEach
  void startWorker() {
    playground =
        MountEnvironment.served(
            dataset -> {
              Datasets.file(dataset.resolve("f"), SIZE, 1);
              for (int i = 0; i < 50; i++) {
                Datasets.file(dataset.resolve("small" + i), 100_000 + i, i);
              }
            });
  }

  @AfterEach
  void unmount() {
    playground.close();
  }

  /** The one rail of the mount, as 'railfs stats' shows it. */
  private Config rail() {
    Shell.Result stats = playground.railfs("stats", "--once", "--json", playground.mountpoint);
    return ConfigFactory.parseString(stats.ok().out())
        .getConfigList("mounts")
        .get(0)
        .getConfigList("workers")
        .get(0)
        .getConfigList("rails")
        .get(0);
  }

  private void mount() {
    playground.mount("-D", "railfs.client.read-deadline=60s");
  }

  private static String sums(Path directory) {
    return Shell.bash("cd \"$1\" && sha256sum * | sort -k2", directory).ok().out();
  }

  private void assertReadsRight() {
    assertThat(sums(playground.mountpoint)).isEqualTo(sums(playground.dataset));
  }

  private List<Path> blocks() throws IOException {
    try (Stream<Path> walk = Files.walk(playground.store)) {
      return walk.filter(p -> Files.isRegularFile(p) && p.toFile().length() > 1 << 20).toList();
    }
  }

  @Test
  void everyByteIsReadFromTheFilesOfTheWorkerAndNextToNothingOverTheRail() throws Exception {
    mount();
    assertReadsRight();
    playground.unmount();
    mount();
    assertReadsRight();
    Config rail = rail();
    assertThat(rail.getString("transport")).isEqualTo("local");
    assertThat(rail.getLong("local_bytes")).isGreaterThanOrEqualTo(SIZE + 50 * 100_000);
    assertThat(rail.getLong("received_bytes")).isLessThan(SIZE / 50);
    assertThat(playground.railfs("stats", "--once", playground.mountpoint).ok().out())
        .contains("TRANSPORT", "local");
    assertThat(playground.railfs("status").ok().out()).contains("TRANSPORT", "local");
    Shell.Result metrics = Shell.bash("curl -s \"$1\"", playground.metricsUrl()).ok();
    Metrics now = new Metrics(metrics.out());
    assertThat(now.value("railfs_mount_local_bytes_total")).isGreaterThan(SIZE);
    assertThat(now.value("railfs_mount_transport", "transport=\"local\"")).isEqualTo(1);
  }

  @Test
  void aMountInAnotherMountNamespaceReadsFromTheFilesToo() throws Exception {
    mount();
    assertReadsRight();
    Path second = Files.createDirectory(playground.conf.resolveSibling("mnt2"));
    String script =
        """
        export RAILFS_CONF_DIR="$2"
        "$1" mount "$3" >&2 && cmp "$3/f" "$4/f" && "$1" stats --once --json "$3"; "$1" umount "$3" >&2
        """;
    Shell.Result inside =
        Shell.bash(
            "unshare -m --propagation private bash -c \"$1\" \"$0\" \"$2\" \"$3\" \"$4\" \"$5\"",
            script,
            RailfsProcess.PATH,
            playground.conf,
            second,
            playground.dataset);
    assertThat(inside.ok().out()).contains("\"transport\":\"local\"");
    assertThat(rail().getString("transport")).isEqualTo("local");
    assertReadsRight();
  }

  @Test
  void aWorkerThatIsKilledUnderReadersAndStartedAgainCostsNoErrorAndIsReadLocallyAgain()
      throws Exception {
    // Too little memory for the file: each round asks the worker for much of it.
    playground.writeConf("railfs.mount { memory-limit = 256MiB, threads = 4 }", "");
    mount();
    assertReadsRight();
    AtomicBoolean stop = new AtomicBoolean();
    String wanted = Shell.bash("sha256sum < \"$1\"", playground.dataset.resolve("f")).ok().out();
    ExecutorService reader = Executors.newSingleThreadExecutor();
    try {
      Future<Integer> reads =
          reader.submit(
              () -> {
                int rounds = 0;
                for (; !stop.get(); rounds++) {
                  Path file = playground.mountpoint.resolve("f");
                  String got =
                      Shell.bash("dd if=\"$1\" iflag=direct bs=1M status=none | sha256sum", file)
                          .ok()
                          .out();
                  assertThat(got).isEqualTo(wanted);
                }
                return rounds;
              });
      playground.killWorker();
      playground.startWorker();
      long before = rail().getLong("local_bytes");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> rail().getLong("local_bytes") > before + SIZE / 2);
      stop.set(true);
      assertThat(reads.get(70, TimeUnit.SECONDS)).isPositive();
    } finally {
      stop.set(true);
      reader.shutdownNow();
    }
  }

  @Test
  void badBlockFilesAreFoundAndLoadedAgainWithoutAnError() throws Exception {
    mount();
    assertReadsRight();
    playground.unmount();
    List<Path> blocks = blocks();
    assertThat(blocks).hasSizeGreaterThanOrEqualTo(9);
    for (int i = 0; i < blocks.size(); i++) {
      try (FileChannel file =
          FileChannel.open(blocks.get(i), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        if (i % 2 == 0) {
          ByteBuffer one = ByteBuffer.allocate(1);
          file.read(one, 77_777);
          file.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 1)}), 77_777);
        } else {
          file.truncate(file.size() / 2);
        }
      }
    }
    mount();
    assertReadsRight();
    assertThat(rail().getString("transport")).isEqualTo("local");
    assertThat(playground.railfs("worker", "status", "--json").ok().out())
        .containsPattern("(?i)quarantined\"?\\s*:\\s*\"?[1-9]");
  }
}
