// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.work;

import io.railfs.benchmarks.contender.Contender;
import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Command;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** (g), (s): a file that no cache has ever seen, from the UFS, whose pages the kernel has. */
final class ColdCase extends LabCase {
  static final int WARM_PASSES = 4;
  private final int streams;

  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final List<String> names;
  private final Map<Contender, Deque<String>> unseen = new HashMap<>();
  private String next = "";

  /**
   * @param streams each a part of the file
   * @param names relative to the root, enough for all passes of one contender
   */
  ColdCase(Lab lab, Metric metric, int streams, List<String> contenders, List<String> names) {
    super(lab, metric, contenders);
    this.streams = streams;
    this.names = List.copyOf(names);
  }

  @Override
  public void warmUp(Contender contender) throws BenchException, InterruptedException {
    boolean first = contender.isJvm() && lab.isNew(contender, "cold");
    pass(contender, first ? Lab.JVM_PASSES : contender.reader().isEmpty() ? WARM_PASSES : 1);
  }

  /** What the last load wrote goes to the disk now and not during the next. */
  @Override
  public void prepare(Contender contender) throws BenchException, InterruptedException {
    Deque<String> left = unseen.computeIfAbsent(contender, c -> new ArrayDeque<>(names));
    if (left.isEmpty()) {
      throw new BenchException("there is no further file that nobody has seen");
    }
    next = contender.root().resolve(left.remove()).toString();
    Command.run(LIMIT, List.of("sync"));
  }

  @Override
  public List<Sample> measure(Contender contender) throws BenchException, InterruptedException {
    return List.of(lab.read(contender, "seq", streams, Lab.MEBIBYTE, next).sample(metric));
  }
}
