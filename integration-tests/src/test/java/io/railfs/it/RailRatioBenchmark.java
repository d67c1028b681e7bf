// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * How much two rails give over one, both shaped to the same rate. Its name keeps it out of the
 * tests' run; by hand:
 *
 * <pre>
 *   mvn -B verify -pl integration-tests -am -Dtest=RailRatioBenchmark -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 */
@Timeout(value = 1, unit = TimeUnit.HOURS)
final class RailRatioBenchmark {
  private static final int ROUNDS = 5;
  private static final int SIZE = 200_000_000;
  private static final int MEGABYTES_PER_SECOND = 50;

  @Test
  void twoRailsGiveAtLeastOnePointEightTimesOne() throws Exception {
    try (RailLab lab = new RailLab()) {
      Datasets.file(lab.playground.dataset.resolve("f"), SIZE, 1);
      lab.writeConf("10.93.0.1", "", "railfs.worker.data.bind.device = [ib0, ib1]");
      lab.railfs(lab.workerHost, "worker", "start").ok();
      // Into the worker's store, before anything is measured.
      rate(lab, "ib0,ib1");
      lab.shape("ib0", MEGABYTES_PER_SECOND);
      lab.shape("ib1", MEGABYTES_PER_SECOND);
      List<Double> one = new ArrayList<>();
      List<Double> two = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        one.add(rate(lab, "ib0"));
        two.add(rate(lab, "ib0,ib1"));
      }
      double ratio = median(two) / median(one);
      System.out.printf(
          "MB/s over one rail %s, over two %s, ratio of medians %.2f%n", one, two, ratio);
      assertThat(ratio).isGreaterThanOrEqualTo(1.8);
    }
  }

  /** Mounts over these devices, reads the file, unmounts; MB/s of the read alone. */
  private static double rate(RailLab lab, String devices) {
    lab.railfs(
            lab.mountHost,
            "mount",
            "-D",
            "railfs.client.data.bind.device=" + devices,
            lab.playground.mountpoint)
        .ok();
    String text =
        lab.inMount(
                "s=$EPOCHREALTIME; cat \"$1\" > /dev/null; e=$EPOCHREALTIME; echo $(( ${e/[.,]/} - ${s/[.,]/} ))",
                lab.playground.mountpoint.resolve("f"))
            .ok()
            .out();
    lab.inMount("$1 umount \"$2\"", RailfsProcess.PATH, lab.playground.mountpoint).ok();
    return Math.round(SIZE * 10.0 / Long.parseLong(text.strip())) / 10.0;
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }
}
