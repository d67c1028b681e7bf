package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

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
      long peak = Processes.peakResidentBytes(pid);
      System.out.println("peak resident memory: " + (peak >> 20) + " MiB of " + (LIMIT >> 20));
      assertThat(peak).isBetween(64L << 20, LIMIT);
    }
  }
}
