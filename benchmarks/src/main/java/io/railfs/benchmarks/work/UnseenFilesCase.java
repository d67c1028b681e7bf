// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.work;

import io.railfs.benchmarks.contender.Contender;
import io.railfs.benchmarks.contender.UnseenTrees;
import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Command;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * (h): many small files whose names no worker, no listing and no client has seen, for their
 * directory is renamed before; the UFS's own pages are hot. That the client stays mounted makes
 * nothing of this warm.
 */
final class UnseenFilesCase extends LabCase {
  /** What a contender has done that loads unseen files, whoever asked for them. */
  static final String IS_WARM = "unseen";

  /** Reading is cut after this time; what counts is files a second. */
  static final int LONGEST_SECONDS = 2;

  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final UnseenTrees trees;
  private final String tree;
  private final int readers;
  private int round;
  private Path list = Path.of("");

  /**
   * @param tree 1k or 100k
   */
  UnseenFilesCase(
      Lab lab,
      Metric metric,
      List<String> contenders,
      UnseenTrees trees,
      String tree,
      int readers) {
    super(lab, metric, contenders);
    this.trees = trees;
    this.tree = tree;
    this.readers = readers;
  }

  @Override
  public void warmUp(Contender contender) throws BenchException, InterruptedException {
    boolean first = contender.isJvm() && lab.isNew(contender, IS_WARM);
    pass(contender, first ? Lab.JVM_PASSES : 1);
  }

  /** What was loaded before goes to the disk now and not during the measurement. */
  @Override
  public void prepare(Contender contender) throws BenchException, InterruptedException {
    round++;
    String name = trees.move(tree);
    list = lab.list(contender, "unseen", UnseenTrees.files(name, lab.treeSize(tree)));
    Command.run(LIMIT, List.of("sync"));
  }

  @Override
  public List<Sample> measure(Contender contender) throws BenchException, InterruptedException {
    return List.of(
        lab.read(contender, "files", readers, LONGEST_SECONDS, round, list).sample(metric));
  }
}
