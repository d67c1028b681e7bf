// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.work;

import io.railfs.benchmarks.contender.Contender;
import io.railfs.benchmarks.system.BenchException;
import java.util.ArrayList;
import java.util.List;

/**
 * (a): large files from their beginning to their end, each stream a part of the file; the kernel's
 * pages and the client's cache are cold, the servers hot.
 */
final class SequentialCase extends LabCase {
  private final int streams;
  private final boolean rotating;
  private List<String> next = List.of();

  /**
   * @param rotating whether the large files take turns; otherwise it is always the first, which a
   *     client cache then holds
   */
  SequentialCase(Lab lab, Metric metric, int streams, List<String> contenders, boolean rotating) {
    super(lab, metric, contenders);
    this.streams = streams;
    this.rotating = rotating;
  }

  @Override
  public void warmUp(Contender contender) throws BenchException, InterruptedException {
    int files = lab.dataset().scale().files();
    boolean first = lab.isNew(contender, rotating ? "all in turns" : "one in turns");
    if (contender.isJvm()) {
      pass(contender, Math.max(passesOfJvm(contender), 2 * files));
    } else {
      pass(contender, !first ? 1 : rotating ? files : 2);
    }
  }

  /** A pass is short; the compiler goes on for many of them. */
  private int passesOfJvm(Contender contender) {
    return lab.isNew(contender, "sequential") ? 3 * Lab.JVM_PASSES : Lab.JVM_PASSES;
  }

  @Override
  public void prepare(Contender contender) throws BenchException, InterruptedException {
    int count = lab.filesForTheTime(rateName(contender));
    next = new ArrayList<>();
    if (rotating) {
      next.addAll(lab.nextFiles(contender, count));
    } else {
      next.add(Lab.file(contender, 0));
    }
    if (!contender.name().equals("file")) {
      lab.drop(next);
    }
  }

  private String rateName(Contender contender) {
    return metric.id() + contender.name();
  }

  @Override
  public List<Sample> measure(Contender contender) throws BenchException, InterruptedException {
    Lab.Measured measured;
    if (contender.name().equals("N")) {
      long bytes = next.size() * lab.dataset().scale().fileSize();
      measured = lab.measure("netlimit", contender, next.get(0), streams, bytes, Lab.MEBIBYTE);
    } else {
      List<Object> words = new ArrayList<>(List.of("seq", streams, Lab.MEBIBYTE));
      words.addAll(next);
      measured = lab.read(contender, words.toArray());
    }
    lab.noteRate(rateName(contender), measured.megabytesPerSecond() * 1e6);
    return List.of(measured.sample(metric));
  }
}
