// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** load, free, check and pin by the command line, and a store whose disks fail under a load. */
final class BulkLoadTest {
  private static final int FILES = 24;
  private static final int SIZE = 3_000_000;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private MountEnvironment playground;
  private final List<Path> disks = new ArrayList<>();

  @BeforeEach
  void fill() throws IOException {
    playground = MountEnvironment.create();
    Path train = Files.createDirectories(playground.dataset.resolve("train/a"));
    for (int i = 0; i < FILES; i++) {
      Datasets.file((i % 2 == 0 ? train : train.getParent()).resolve("f" + i), SIZE, i);
    }
    Files.createFile(train.resolve("empty"));
  }

  @AfterEach
  void close() {
    disks.forEach(disk -> Shell.bash("umount -l \"$1\"", disk));
    playground.close();
  }

  private void start(String settings) {
    playground.writeConf(
        "", "railfs.worker { block-size = 1MiB, store.probe-interval = 200ms }\n" + settings);
    playground.startWorker();
  }

  /** The last line of what a command with --json printed. */
  private static Config json(Shell.Result result) {
    List<String> lines = result.out().lines().toList();
    return ConfigFactory.parseString(lines.get(lines.size() - 1));
  }

  private Config load(Object... words) {
    List<Object> all = new ArrayList<>(List.of("load", "--json"));
    all.addAll(List.of(words));
    return json(playground.railfs(all.toArray()).ok());
  }

  private Config status() {
    String out = playground.railfs("worker", "status", "--json").out();
    return ConfigFactory.parseString("workers = " + out).getConfigList("workers").get(0);
  }

  @Test
  void treesAreLoadedOnceCheckedPinnedAndFreed() throws IOException {
    start("");
    Config done = load("/train");
    assertThat(done.getString("state")).isEqualTo("done");
    assertThat(done.getInt("files_done")).isEqualTo(FILES + 1);
    assertThat(done.getLong("loaded_bytes")).isEqualTo((long) FILES * SIZE);
    done = load("/");
    assertThat(done.getLong("loaded_bytes")).isZero();
    assertThat(done.getLong("present_bytes")).isEqualTo((long) FILES * SIZE);
    assertThat(playground.railfs("check", "/train/").ok().out()).contains("100.0 %");
    assertThat(playground.railfs("free", "/train/a").ok().out()).contains("freed");
    Config check = json(playground.railfs("check", "--json", "/").ok());
    assertThat(check.getLong("cached_bytes")).isEqualTo((long) FILES / 2 * SIZE);
    // By a list, and as seen below a mount.
    playground.mount();
    Path list = Files.writeString(playground.conf.resolve("list"), "/train/f1\n\n/train/a\n");
    playground
        .railfs("load", "--pin", "--from-file", list, playground.mountpoint.resolve("train/f3"))
        .ok();
    assertThat(status().getInt("pinned_blocks")).isEqualTo((FILES / 2 + 2) * 3);
    assertThat(playground.railfs("free", "/").ok().out()).contains("pinned blocks stay");
    playground.stopWorker();
    playground.startWorker();
    assertThat(status().getInt("pinned_blocks")).isEqualTo((FILES / 2 + 2) * 3);
    assertThat(playground.railfs("load", "--unpin", "/train/f1").ok().out()).startsWith("3 blocks");
    assertThat(playground.railfs("load", "--unpin", "--all").ok().out())
        .startsWith((FILES / 2 + 1) * 3 + " blocks");
    assertThat(playground.railfs("free", "/").ok().out()).doesNotContain("pinned");
    assertThat(status().getLong("blocks")).isZero();
    assertSameContent();
  }

  private void assertSameContent() {
    String sums = "cd \"$1\" && find . -type f | sort | xargs sha256sum";
    assertThat(Shell.bash(sums, playground.mountpoint).ok().out())
        .isEqualTo(Shell.bash(sums, playground.dataset).ok().out());
  }

  @Test
  void eachWorkerGetsTheBlocksThatReadsAskItForAndReplicasGoToTheNext() throws IOException {
    int port = Ports.take();
    Path second = playground.conf.resolve("second.conf");
    start("");
    // A second attempt at a slow read would have the other worker load the block too.
    playground.writeConf(
        "railfs.client.hedge.share = 0\nrailfs.workers = [\"127.0.0.1:%d\", \"127.0.0.1:%d\"]"
            .formatted(playground.rpcPort, port),
        "railfs.worker.block-size = 1MiB");
    Files.writeString(
        second,
        Files.readString(playground.conf.resolve("railfs-worker.conf"))
            + "railfs.worker { web.bind.port = 0, rest.bind.port = 0 }\n"
            + "railfs.worker { rpc.bind.port = %d, data.bind.port = 0, store.directories = [\"%s\"] }\n"
                .formatted(port, playground.conf.resolve("store2")));
    playground.railfs("worker", "-c", second, "start").ok();
    assertThat(load("/").getInt("errors")).isZero();
    List<Long> blocks = blocksByWorker();
    assertThat(blocks).hasSize(2).allMatch(count -> count > 0);
    assertThat(blocks.get(0) + blocks.get(1)).isEqualTo(3L * FILES);
    playground.mount();
    assertSameContent();
    assertThat(blocksByWorker()).isEqualTo(blocks);
    Config done = load("--replicas", 2, "/");
    assertThat(done.getLong("present_bytes")).isEqualTo((long) FILES * SIZE);
    assertThat(done.getLong("loaded_bytes")).isEqualTo((long) FILES * SIZE);
    assertThat(blocksByWorker()).containsExactly(3L * FILES, 3L * FILES);
    assertThat(playground.railfs("check", "/").ok().out()).contains("100.0 %");
    playground.unmount();
    playground.railfs("worker", "-c", second, "stop").ok();
  }

  private List<Long> blocksByWorker() {
    return json(playground.railfs("check", "--json", "/").ok()).getConfigList("workers").stream()
        .map(worker -> worker.getLong("blocks"))
        .toList();
  }

  @Test
  void whatCannotBeLoadedIsToldAndTheRestIsLoaded() {
    start("");
    Shell.Result result = playground.railfs("load", "/train/f1", "/train/none");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("/train/none: it does not exist in the dataset");
    assertThat(result.out()).contains("1 of 1 files loaded");
    assertThat(playground.railfs("load", "train").err()).contains("'train'");
    assertThat(playground.railfs("load").err()).contains("no path is named");
    assertThat(playground.railfs("load", "--bandwidth", "fast", "/").err()).contains("bandwidth");
    playground.stopWorker();
    assertThat(playground.railfs("load", "/").exit()).isEqualTo(1);
  }

  @Test
  void aLoadThatIsStoppedGoesOnWhereItWas() {
    start("");
    Shell.Result stopped =
        Shell.bash(
            """
            export RAILFS_CONF_DIR="$2"
            "$1" load --json --bandwidth 8MiB/s / >"$3" &
            until grep -q '"loaded_bytes":[1-9]' "$3"; do sleep 0.1; done
            kill -TERM $!
            wait $!
            """,
            RailfsProcess.PATH,
            playground.conf,
            playground.conf.resolve("progress"));
    assertThat(stopped.exit()).isEqualTo(143);
    assertThat(stopped.err()).contains("started again, it goes on");
    Config done = load("/");
    assertThat(done.getLong("present_bytes")).isPositive();
    assertThat(done.getLong("present_bytes") + done.getLong("loaded_bytes"))
        .isEqualTo((long) FILES * SIZE);
    playground.railfs("free", "/").ok();
    String background = playground.railfs("load", "--background", "/").ok().out();
    assertThat(background).contains("pid").contains("log");
    await()
        .atMost(TIMEOUT)
        .until(() -> playground.railfs("check", "/").ok().out().contains("100.0 %"));
  }

  @Test
  void aStoreGoesOnWhenOneDiskTurnsReadOnlyAndOneIsFullInTheMiddleOfALoad() throws Exception {
    mount("mount -t tmpfs -o size=300m tmpfs \"$1\"");
    mount(
        "truncate -s 100M \"$1.img\" && mkfs.ext4 -q \"$1.img\" && mount -o loop \"$1.img\" \"$1\"");
    mount("mount -t tmpfs -o size=8m tmpfs \"$1\"");
    start(
        "railfs.worker.store.directories = [\"%s\", \"%s\", \"%s\"]"
            .formatted(disks.get(0), disks.get(1), disks.get(2)));
    playground.mount();
    CompletableFuture<Shell.Result> load =
        CompletableFuture.supplyAsync(
            () -> playground.railfs("load", "--json", "--bandwidth", "8MiB/s", "/"));
    await().atMost(TIMEOUT).until(() -> blocksIn(1) > 5);
    // What ext4 does after an error of its disk.
    Shell.bash("sync -f \"$1\" && mount -o remount,abort \"$1\"", disks.get(1)).ok();
    Shell.Result result = load.get(90, TimeUnit.SECONDS);
    Config done = json(result.ok());
    assertThat(done.getInt("errors")).isZero();
    assertThat(done.getLong("unstored_bytes")).isZero();
    assertThat(status().getConfigList("directories"))
        .extracting(directory -> directory.getString("state"))
        .containsExactly("healthy", "no_writes", "no_writes");
    Shell.Result degraded = playground.railfs("status");
    assertThat(degraded.exit()).as(degraded.toString()).isEqualTo(1);
    assertThat(degraded.out()).contains("cluster DEGRADED").contains("takes no blocks");
    Shell.Result sick = playground.railfs("worker", "status");
    assertThat(sick.exit()).as(sick.toString()).isEqualTo(1);
    assertThat(sick.out())
        .contains("2 of 3 disks sick")
        .contains(disks.get(1).toString())
        .contains("takes no blocks");
    assertThat(playground.railfs("check", "/").ok().out()).contains("100.0 %");
    assertThat(status().getLong("loads")).isEqualTo(3L * FILES);
    assertSameContent();
    // Room again on the one that was full: it is used again.
    Shell.bash("mount -o remount,size=200m \"$1\"", disks.get(2)).ok();
    await()
        .atMost(TIMEOUT)
        .until(
            () ->
                status().getConfigList("directories").get(2).getString("state").equals("healthy"));
    playground.stopWorker();
  }

  /** Makes a disk of its own below the playground's store. */
  private void mount(String script) throws IOException {
    Path disk = Files.createDirectory(playground.store.resolve("disk" + disks.size()));
    Shell.bash(script, disk).ok();
    disks.add(disk);
  }

  private long blocksIn(int disk) {
    return Long.parseLong(
        Shell.bash("find \"$1\" -type f -size +512k | wc -l", disks.get(disk)).ok().out().strip());
  }
}
