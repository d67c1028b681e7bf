// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.work;

import io.railfs.benchmarks.contender.Contender;
import io.railfs.benchmarks.system.BenchException;
import java.time.Duration;
import java.util.List;

/** What cases of one metric have in common. */
abstract class LabCase implements Case {
  private static final Duration LONGEST_WARM_UP = Duration.ofSeconds(12);

  final Lab lab;
  final Metric metric;
  private final List<String> contenders;

  LabCase(Lab lab, Metric metric, List<String> contenders) {
    this.lab = lab;
    this.metric = metric;
    this.contenders = contenders;
  }

  @Override
  public final String id() {
    return metric.id();
  }

  @Override
  public final List<String> contenders() {
    return contenders;
  }

  /** Measurements that do not count: so many, or as many as begin within the time. */
  final void pass(Contender contender, int times) throws BenchException, InterruptedException {
    long end = System.nanoTime() + LONGEST_WARM_UP.toNanos();
    for (int i = 0; i < times && System.nanoTime() - end < 0; i++) {
      prepare(contender);
      measure(contender);
    }
  }

  /**
   * Reads files once, unless this contender did so before.
   *
   * @param what names these files
   */
  final void readOnce(Contender contender, String what, List<String> files)
      throws BenchException, InterruptedException {
    if (lab.isNew(contender, what)) {
      for (String file : files) {
        lab.read(contender, "seq", 1, Lab.MEBIBYTE, file);
      }
    }
  }
}
