// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.work;

import io.railfs.benchmarks.contender.Contender;
import io.railfs.benchmarks.system.BenchException;
import java.util.ArrayList;
import java.util.List;

/** (f): one handle, read in an order that is not from the beginning to the end. */
final class PatternCase extends LabCase {
  private final String kind;
  private final int block;
  private final long bytes;
  private List<String> next = List.of();

  /**
   * @param kind interleaved, strided or backward
   * @param block bytes of a read
   * @param bytes of all reads
   */
  PatternCase(Lab lab, Metric metric, String kind, int block, long bytes, List<String> contenders) {
    super(lab, metric, contenders);
    this.kind = kind;
    this.block = block;
    this.bytes = bytes;
  }

  @Override
  public void warmUp(Contender contender) throws BenchException, InterruptedException {
    readOnce(contender, "all files", lab.files(contender));
    boolean first = lab.isNew(contender, "pattern");
    pass(contender, contender.isJvm() ? (first ? Lab.JVM_PASSES : 2) : 1);
  }

  @Override
  public void prepare(Contender contender) throws BenchException, InterruptedException {
    next = new ArrayList<>(lab.nextFiles(contender, 1));
    if (!contender.name().equals("file")) {
      lab.drop(next);
    }
  }

  @Override
  public List<Sample> measure(Contender contender) throws BenchException, InterruptedException {
    return List.of(lab.read(contender, "pattern", kind, block, bytes, next.get(0)).sample(metric));
  }
}
