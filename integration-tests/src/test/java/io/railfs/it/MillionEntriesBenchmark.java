// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Directories of 100,000 and of 1,000,000 entries on a mount of 512 MiB: seconds, and memory. Its
 * name keeps it out of the tests' run, for making the files takes minutes; by hand:
 *
 * <pre>
 *   mvn -B verify -pl integration-tests -am -Dtest=MillionEntriesBenchmark -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 */
@Timeout(value = 1, unit = TimeUnit.HOURS)
final class MillionEntriesBenchmark {
  private static final long LIMIT = 512L << 20;
  private static final int LESS = 100_000;
  private static final int MORE = 1_000_000;

  @Test
  void aMillionEntriesListInTimeLinearInTheirNumberAndWithinTheLimit() throws Exception {
    try (MountEnvironment playground = MountEnvironment.create()) {
      Datasets.manyFiles(playground.dataset.resolve("less"), LESS);
      Datasets.manyFiles(playground.dataset.resolve("more"), MORE);
      playground.writeConf("railfs.mount.memory-limit = 512MiB", "");
      playground.startWorker();
      playground.mount();
      for (String command :
          new String[] {"ls -f \"$1\"", "find \"$1\"", "find \"$1\" -printf '%s %p\\n'"}) {
        double less = seconds(playground, command, "less", LESS);
        double more = seconds(playground, command, "more", MORE);
        System.out.printf("%s: %.2f s, %.2f s%n", command, less, more);
        assertThat(more).isLessThan(3.0 * MORE / LESS * Math.max(less, 0.1));
      }
      long peak = Processes.peakResidentBytes(playground.mountPid());
      System.out.println("peak resident memory: " + (peak >> 20) + " MiB of " + (LIMIT >> 20));
      assertThat(peak).isLessThan(LIMIT);
    }
  }

  private static double seconds(
      MountEnvironment playground, String command, String name, int entries) {
    long start = System.nanoTime();
    String lines =
        Shell.bash(command + " | wc -l", playground.mountpoint.resolve(name)).ok().out().strip();
    assertThat(Integer.parseInt(lines)).isBetween(entries, entries + 2);
    return (System.nanoTime() - start) / 1e9;
  }
}
