// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.work;

import io.railfs.benchmarks.contender.Contender;
import io.railfs.benchmarks.system.BenchException;
import java.util.ArrayList;
import java.util.List;

/**
 * (d): blocks anywhere in the large files for a while, by several jobs; the kernel's pages are cold
 * and the servers hot.
 */
final class RandomCase extends LabCase {
  private final Shape shape;
  private int round;

  /**
   * What is read.
   *
   * @param block bytes of a read
   * @param mode buffered, direct or mmap
   * @param jobs readers at a time
   * @param cached whether only the first large file is read, which a client cache then holds
   */
  record Shape(int block, String mode, int jobs, boolean cached) {}

  RandomCase(Lab lab, Metric metric, Shape shape, List<String> contenders) {
    super(lab, metric, contenders);
    this.shape = shape;
  }

  @Override
  public void warmUp(Contender contender) throws BenchException, InterruptedException {
    readOnce(contender, shape.cached() ? "one file" : "all files", files(contender));
    boolean first = lab.isNew(contender, "random");
    if (contender.isJvm()) {
      pass(contender, first ? Lab.JVM_PASSES : 2);
    } else {
      pass(contender, first ? 1 : 0);
    }
  }

  private List<String> files(Contender contender) {
    return shape.cached() ? List.of(Lab.file(contender, 0)) : lab.files(contender);
  }

  @Override
  public void prepare(Contender contender) throws BenchException, InterruptedException {
    if (!contender.name().equals("file")) {
      lab.drop(files(contender));
    }
  }

  @Override
  public List<Sample> measure(Contender contender) throws BenchException, InterruptedException {
    List<Object> words = new ArrayList<>(List.of("rand", shape.jobs(), shape.block()));
    // Half the time of the others: there are many of these.
    words.addAll(List.of(shape.mode(), lab.seconds() / 2, ++round));
    words.addAll(files(contender));
    return List.of(lab.read(contender, words.toArray()).sample(metric));
  }
}
