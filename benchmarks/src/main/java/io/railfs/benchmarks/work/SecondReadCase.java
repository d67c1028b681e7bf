// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.work;

import io.railfs.benchmarks.contender.Contender;
import io.railfs.benchmarks.system.BenchException;
import java.util.List;

/** (c): a large file that the kernel has in its cache since it was read a moment ago. */
record SecondReadCase(Lab lab, Metric metric, List<String> contenders) implements Case {
  @Override
  public String id() {
    return metric.id();
  }

  @Override
  public boolean isCounted() {
    return false;
  }

  @Override
  public void warmUp(Contender contender) throws BenchException, InterruptedException {
    prepare(contender);
  }

  @Override
  public void prepare(Contender contender) throws BenchException, InterruptedException {
    measure(contender);
  }

  @Override
  public List<Sample> measure(Contender contender) throws BenchException, InterruptedException {
    return List.of(
        lab.read(contender, "seq", 1, Lab.MEBIBYTE, Lab.file(contender, 0)).sample(metric));
  }
}
