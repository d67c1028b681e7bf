package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** One limit bounds the whole mount process. */
final class MemoryLimitTest {
  private static final long LIMIT = 512L << 20;
  private static final long FILE = 4L << 30;

  @Test
  void eightReadersOfFourGibibytesStayWithinHalfAGibibyte() throws Exception {
    try (Playground playground = Playground.create()) {
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
