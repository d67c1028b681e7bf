// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.work;

import io.railfs.benchmarks.contender.Contender;
import io.railfs.benchmarks.system.BenchException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * (e): many small files. Each measurement begins with a client that knows nothing: it is mounted
 * again and, where it is a JVM, warmed on other files. A client that keeps no content of its own
 * only loses the kernel's pages, unless the names are to be cold too.
 */
final class SmallFilesCase implements Case {
  /** Reading is cut after this time; what counts is files a second. */
  private static final int LONGEST_SECONDS = 3;

  private static final int WARM_ROUNDS = 3;

  private final Lab lab;
  private final String id;
  private final String tree;
  private final List<String> contenders;
  private final List<Step> steps;
  private int round;

  /** What is done with the tree, one after the other. */
  enum Step {
    FIND("find", "find (names)", Unit.SECONDS),
    FIND_STAT("find-stat", "find + stat, first time", Unit.SECONDS),
    FIND_STAT_AGAIN("find-stat-again", "find + stat, again", Unit.SECONDS),
    LS("ls", "ls -lR", Unit.SECONDS),
    READ("read", "read all, shuffled", Unit.FILES_PER_SECOND),
    READ_IN_ORDER("read-in-order", "read all, in the order of names", Unit.FILES_PER_SECOND);

    private final String id;
    private final String title;
    private final Unit unit;

    Step(String id, String title, Unit unit) {
      this.id = id;
      this.title = title;
      this.unit = unit;
    }
  }

  /**
   * @param tree such as "small/1k"
   */
  SmallFilesCase(Lab lab, String id, String tree, List<Step> steps, List<String> contenders) {
    this.lab = lab;
    this.id = id;
    this.tree = tree;
    this.steps = steps;
    this.contenders = contenders;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public boolean isCounted() {
    return false;
  }

  @Override
  public List<String> contenders() {
    return contenders;
  }

  /** Makes the servers hot, those of slow contenders with what they will be asked for alone. */
  @Override
  public void warmUp(Contender contender) throws BenchException, InterruptedException {
    if (lab.isNew(contender, tree)) {
      for (int seed = 0; seed <= lab.repeats(); seed++) {
        lab.read(contender, "files", 4, 2 * LONGEST_SECONDS, seed, list(contender, tree));
      }
    }
  }

  @Override
  public void prepare(Contender contender) throws BenchException, InterruptedException {
    boolean namesCold = steps.contains(Step.FIND_STAT);
    boolean onlyPages = contender.isJvm() && !contender.keepsContent() && !namesCold;
    if (onlyPages || !contender.remount()) {
      if (!contender.name().equals("file")) {
        lab.read(contender, "droplist", list(contender, tree));
      }
      return;
    }
    lab.forget(contender);
    if (contender.isJvm()) {
      warmClient(contender);
    }
  }

  /** Has the code of a new client compiled, on other files. */
  private void warmClient(Contender contender) throws BenchException, InterruptedException {
    // What is slow is warm after one round of seconds.
    int rounds = contender.keepsContent() ? WARM_ROUNDS : 1;
    for (int i = 0; i < rounds; i++) {
      lab.read(contender, "walk", "stat", contender.root().resolve("warm"));
      for (String warm : List.of("warm/1k", "warm/100k")) {
        lab.read(contender, "files", 1, LONGEST_SECONDS, i + 1, list(contender, warm));
        lab.read(contender, "droplist", list(contender, warm));
      }
    }
    if (contender.keepsContent()) {
      lab.read(contender, "seq", 1, Lab.MEBIBYTE, Lab.file(contender, 1));
    }
  }

  private Path list(Contender contender, String name) throws BenchException {
    return lab.list(contender, name, lab.dataset().tree(name));
  }

  @Override
  public List<Sample> measure(Contender contender) throws BenchException, InterruptedException {
    List<Sample> samples = new ArrayList<>();
    round++;
    for (Step step : steps) {
      Metric metric = new Metric(id + "/" + step.id, step.title, step.unit);
      samples.add(measure(contender, step).sample(metric));
    }
    return samples;
  }

  private Lab.Measured measure(Contender contender, Step step)
      throws BenchException, InterruptedException {
    Path root = contender.root().resolve(tree);
    return switch (step) {
      case FIND -> lab.read(contender, "walk", "names", root);
      case FIND_STAT, FIND_STAT_AGAIN -> lab.read(contender, "walk", "stat", root);
      case LS -> lab.read(contender, "run", "ls", "-lR", root);
      case READ -> lab.read(contender, "files", 1, LONGEST_SECONDS, round, list(contender, tree));
      case READ_IN_ORDER -> {
        // Who reads in this order has listed the names, and the shuffled reading comes after that.
        lab.read(contender, "walk", "names", root);
        yield lab.read(contender, "files", 1, LONGEST_SECONDS, 0, list(contender, tree));
      }
    };
  }
}
