// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whether many streams together are as fast as few. Its name keeps it out of the tests' run; by
 * hand:
 *
 * <pre>
 *   mvn -B verify -pl integration-tests -am -Dtest=StreamsBenchmark -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 */
@Timeout(value = 1, unit = TimeUnit.HOURS)
final class StreamsBenchmark {
  private static final int[] STREAMS = {1, 2, 4, 8, 16, 32, 64};
  private static final int ROUNDS = 5;
  private static final int MEBIBYTES = 1024;

  /** What the noise of one machine makes of equal rates. */
  private static final double SAME = 0.9;

  @Test
  void throughputNeverFallsFromOneStreamToSixtyFour() throws Exception {
    Map<Integer, List<Double>> rates = new TreeMap<>();
    try (MountEnvironment playground = MountEnvironment.create()) {
      Datasets.file(playground.dataset.resolve("f"), (long) MEBIBYTES << 20, 1);
      playground.startWorker();
      playground.mount();
      // Into the worker's store, and through the compilers of both.
      for (int i = 0; i < 8; i++) {
        rate(playground, 4);
      }
      for (int round = 0; round < ROUNDS; round++) {
        for (int streams : STREAMS) {
          rates.computeIfAbsent(streams, any -> new ArrayList<>()).add(rate(playground, streams));
        }
      }
    }
    double best = 0;
    for (int streams : STREAMS) {
      double median = median(rates.get(streams));
      System.out.printf("%d streams: %.0f MiB/s, all %s%n", streams, median, rates.get(streams));
      assertThat(median).isGreaterThanOrEqualTo(SAME * best);
      best = Math.max(best, median);
    }
  }

  /** MiB/s of so many readers, each with a part of the file, none of it in the kernel. */
  private static double rate(MountEnvironment playground, int streams) {
    MountEnvironment.dropKernelPages(playground.mountpoint.resolve("f"));
    String micros =
        Shell.bash(
                "s=$EPOCHREALTIME; for ((i = 0; i < $2; i++)); do dd if=\"$1/f\" of=/dev/null bs=1M skip=$((i * $3)) count=$3 status=none & done; wait; e=$EPOCHREALTIME; echo $(( ${e/[.,]/} - ${s/[.,]/} ))",
                playground.mountpoint,
                streams,
                MEBIBYTES / streams)
            .ok()
            .out();
    return MEBIBYTES * 1e6 / Double.parseDouble(micros.strip());
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }
}
