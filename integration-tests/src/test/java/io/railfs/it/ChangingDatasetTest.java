// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.protocol.Seed;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A dataset that never stops changing beside readers of all kinds, each of which knows what it may
 * see. A failure names the seed; {@code -Drailfs.seed=N} makes the same changes again, {@code
 * -Drailfs.changing.seconds=600} makes them for ten minutes. The changes and the rules are those of
 * {@code changing.py}.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS)
final class ChangingDatasetTest {
  /** In all; half of it with default time-outs and half with none. */
  private static final int SECONDS = Integer.getInteger("railfs.changing.seconds", 60);

  private static final List<String> DONE =
      List.of(
          "change-replace",
          "change-append",
          "change-move",
          "change-to-file",
          "read-read",
          "read-pread",
          "read-direct",
          "read-mmap-shared",
          "read-mmap-private",
          "read-sendfile",
          "read-splice",
          "read-io_uring",
          "stat",
          "list");

  @Test
  void everyReadIsOfOneVersionThatWasThereOrEndsInEstaleWithDefaultTimeOuts() {
    read("believed", "");
  }

  @Test
  void everyReadIsOfOneVersionThatWasThereOrEndsInEstaleWithTimeOutsOfZero() {
    read(
        "asked",
        "railfs.mount { attribute-timeout = 0s, entry-timeout = 0s, negative-timeout = 0s }");
  }

  private static void read(String mode, String settings) {
    long seed = Seed.take();
    try (MountEnvironment playground = MountEnvironment.create()) {
      // Small blocks: of an old version that was read in part, something is nowhere any more.
      playground.writeConf(settings, "railfs.worker.block-size = 128KiB");
      script("prepare", playground.dataset);
      playground.startWorker();
      playground.mount();
      List<String> said =
          script("run", playground.dataset, playground.mountpoint, seed, SECONDS / 2, mode)
              .lines()
              .toList();
      assertThat(said).as("seed %d", seed).filteredOn(line -> !line.startsWith("count ")).isEmpty();
      Map<String, Integer> counts = new TreeMap<>();
      said.forEach(
          line -> {
            String[] words = line.split(" ", -1);
            counts.merge(words[1], Integer.parseInt(words[2]), Integer::sum);
          });
      System.out.println("seed " + seed + ", " + mode + ": " + counts);
      assertThat(counts).as("seed %d", seed).containsKeys(DONE.toArray(String[]::new));
    }
  }

  private static String script(Object... words) {
    return Scripts.python("versions/changing.py", Duration.ofSeconds(SECONDS + 120), words)
        .ok()
        .out();
  }
}
