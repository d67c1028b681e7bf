// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.work;

import io.railfs.benchmarks.contender.Contender;
import io.railfs.benchmarks.contender.Dataset;
import io.railfs.benchmarks.contender.Loader;
import io.railfs.benchmarks.contender.UnseenTrees;
import io.railfs.benchmarks.contender.WorkerDefaults;
import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Command;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/**
 * (h): a load of small files that no cache has seen, by the clock of the load itself; one that has
 * no load reads them with as many requests as a worker has loaders. Processor time is not reported,
 * as the load's own process has ended when it could be asked.
 */
final class UnseenLoadCase extends LabCase {
  private static final String TREE = "1k";

  /** So many of its directories, so that a slow load ends within seconds. */
  private static final int DIRECTORIES = 40;

  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final UnseenTrees trees;
  private String name = "";

  UnseenLoadCase(Lab lab, Metric metric, List<String> contenders, UnseenTrees trees) {
    super(lab, metric, contenders);
    this.trees = trees;
  }

  @Override
  public boolean isCounted() {
    return false;
  }

  @Override
  public void warmUp(Contender contender) throws BenchException, InterruptedException {
    if (lab.isNew(contender, UnseenFilesCase.IS_WARM)) {
      pass(contender, Lab.JVM_PASSES);
    }
  }

  @Override
  public void prepare(Contender contender) throws BenchException, InterruptedException {
    name = trees.move(TREE);
    Command.run(LIMIT, List.of("sync"));
  }

  @Override
  public List<Sample> measure(Contender contender) throws BenchException, InterruptedException {
    int files = DIRECTORIES * Dataset.IN_DIRECTORY;
    double rate;
    if (contender instanceof Loader loader) {
      List<String> trees =
          IntStream.range(0, DIRECTORIES)
              .mapToObj(i -> name + "/" + Dataset.directoryName(i))
              .toList();
      rate = files / loader.load(trees, files);
    } else {
      var list = lab.list(contender, "unseen", UnseenTrees.files(name, files));
      rate =
          lab.read(
                  contender,
                  "files",
                  WorkerDefaults.loaders(),
                  UnseenFilesCase.LONGEST_SECONDS,
                  0,
                  list)
              .operationsPerSecond();
    }
    return List.of(new Sample(metric, rate, Double.NaN));
  }
}
