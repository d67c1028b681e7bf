// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** One limit bounds the whole mount process. */
final class MemoryLimitTest {
  private static final long LIMIT = 512L << 20;
  private static final Duration TIMEOUT = Duration.ofMinutes(3);
  private static final long FILE = 4L << 30;

  @Test
  void eightReadersOfFourGibibytesStayWithinHalfAGibibyte() throws Exception {
    try (MountEnvironment playground = MountEnvironment.create()) {
      // Sparse, but for its marks: what counts here is how many bytes pass through the process.
      Datasets.sparse(playground.dataset.resolve("f"), FILE, 0, FILE / 2, FILE - 100);
      playground.writeConf("railfs.mount.memory-limit = 512MiB", "");
      playground.startWorker();
      playground.mount();
      long pid = playground.mountPid();
      Shell.bash(
              "for i in 0 1 2 3 4 5 6 7; do dd if=\"$1/f\" of=/dev/null bs=1M skip=$((i*512)) count=512 status=none & done; wait",
              playground.mountpoint)
          .ok();
      Shell.bash(
              "fio --readonly --name=r --filename=\"$1/f\" --rw=randread --bs=4k --direct=1 --numjobs=8 --io_size=32m --fadvise_hint=0",
              playground.mountpoint)
          .ok();
      scrape(playground.metricsUrl());
      long peak = Processes.peakResidentBytes(pid);
      System.out.println("peak resident memory: " + (peak >> 20) + " MiB of " + (LIMIT >> 20));
      assertThat(peak).isBetween(64L << 20, LIMIT);
    }
  }

  @Test
  void whatTheKernelRemembersOfManyNamesStaysWithinHalfAGibibyte() throws Exception {
    // Long names: these take as much memory as a million common ones. A busy machine does not come
    // to all of them.
    try (MountEnvironment playground = MountEnvironment.create();
        MemoryDataset dataset = new MemoryDataset()) {
      Scripts.python("many.py", TIMEOUT, "make", dataset.root(), 40, 10_000, 250).ok();
      Datasets.sparse(dataset.root().resolve("big"), 1L << 30, 0);
      playground.writeConf("railfs.mount.memory-limit = 512MiB", dataset.asUfs());
      playground.startWorker();
      playground.mount();
      long pid = playground.mountPid();
      // The page cache is full first.
      Shell.bash("cat \"$1/big\" > /dev/null", playground.mountpoint).ok();
      String names =
          Scripts.python("many.py", TIMEOUT, "stat", playground.mountpoint, 90).ok().out();
      long peak = Processes.peakResidentBytes(pid);
      System.out.println(
          "peak resident memory with " + names.strip() + " names: " + (peak >> 20) + " MiB");
      assertThat(peak).isBetween(64L << 20, LIMIT);
      assertThat(Integer.parseInt(names.strip())).isGreaterThan(100_000);
    }
  }

  @Test
  void moreOpenFilesThanThereIsRoomForAreRefusedAndTheMountLives() throws Exception {
    try (MountEnvironment playground = MountEnvironment.create();
        MemoryDataset dataset = new MemoryDataset()) {
      Scripts.python("many.py", TIMEOUT, "make", dataset.root(), 20, 500, 20).ok();
      playground.writeConf("railfs.mount.memory-limit = 512MiB", dataset.asUfs());
      playground.startWorker();
      playground.mount();
      long pid = playground.mountPid();
      String files =
          Scripts.python("many.py", TIMEOUT, "open", playground.mountpoint, 250_000, 40).ok().out();
      System.out.println("files open at once: " + files.strip());
      assertThat(Integer.parseInt(files.strip())).isGreaterThanOrEqualTo(20_000);
      assertThat(playground.mountPid()).isEqualTo(pid);
      assertThat(Processes.peakResidentBytes(pid)).isLessThan(LIMIT);
      assertThat(playground.mountLog()).doesNotContain("OutOfMemoryError");
      // There is room again.
      Scripts.python("many.py", TIMEOUT, "open", playground.mountpoint, 1000, 20).ok();
    }
  }

  /** A dataset in memory, for which no disk is waited for. */
  private record MemoryDataset(Path root) implements AutoCloseable {
    MemoryDataset() throws IOException {
      this(Files.createTempDirectory(Path.of("/dev/shm"), "railfs-it-"));
    }

    String asUfs() {
      return "railfs.worker.ufs = \"file://" + root + "\"";
    }

    @Override
    public void close() {
      Shell.bash("rm -rf \"$1\"", root).ok();
    }
  }

  /** Its libraries are loaded by the first scrape, and count too. */
  private static void scrape(String url) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(60)).build();
    for (int i = 0; i < 50; i++) {
      String metrics =
          HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
      assertThat(metrics).contains("railfs_process_resident_bytes");
    }
  }
}
