package io.railfs.benchmarks.work;

import io.railfs.benchmarks.contender.Contender;
import io.railfs.benchmarks.system.BenchException;
import java.util.ArrayList;
import java.util.List;

/** (f): one handle, read in an order that is not from the beginning to the end. */
final class PatternCase implements Case {
  private final Lab lab;
  private final Metric metric;
  private final String kind;
  private final int block;
  private final long bytes;
  private final List<String> contenders;
  private List<String> next = List.of();

  /**
   * @param kind interleaved, strided or backward
   * @param block bytes of a read
   * @param bytes of all reads
   */
  PatternCase(Lab lab, Metric metric, String kind, int block, long bytes, List<String> contenders) {
    this.lab = lab;
    this.metric = metric;
    this.kind = kind;
    this.block = block;
    this.bytes = bytes;
    this.contenders = contenders;
  }

  @Override
  public String id() {
    return metric.id();
  }

  @Override
  public List<String> contenders() {
    return contenders;
  }

  @Override
  public void warmUp(Contender contender) throws BenchException, InterruptedException {
    if (lab.isNew(contender, "all files")) {
      for (String file : lab.files(contender)) {
        lab.read(contender, "seq", 1, Lab.MEBIBYTE, file);
      }
    }
    for (int i = 0; i < (contender.isJvm() ? Lab.JVM_PASSES : 1); i++) {
      prepare(contender);
      measure(contender);
    }
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
