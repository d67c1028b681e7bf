// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.work;

import io.railfs.benchmarks.contender.Contender;
import io.railfs.benchmarks.contender.Dataset;
import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.NativeTools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the cases share: the reader, the dataset and which large file a contender reads next. The
 * large files take turns, so that a client cache smaller than all of them is cold for each.
 */
public final class Lab {
  static final int MEBIBYTE = 1 << 20;

  /** Passes until a JVM has compiled what it runs. */
  static final int JVM_PASSES = 8;

  private final NativeTools tools;
  private final Dataset dataset;
  private final double seconds;
  private final int repeats;
  private final Map<Contender, Integer> turn = new HashMap<>();
  private final Map<String, Double> rates = new HashMap<>();
  private final Map<Contender, Set<String>> done = new HashMap<>();

  /**
   * @param seconds that a measurement should last
   * @param repeats measurements of each
   */
  public Lab(NativeTools tools, Dataset dataset, double seconds, int repeats) {
    this.tools = tools;
    this.dataset = dataset;
    this.seconds = seconds;
    this.repeats = repeats;
  }

  Dataset dataset() {
    return dataset;
  }

  double seconds() {
    return seconds;
  }

  /** Measurements of each. */
  int repeats() {
    return repeats;
  }

  /** Files of a small tree, 1k or 100k. */
  int treeSize(String tree) {
    return tree.equals("1k") ? dataset.scale().tinyFiles() : dataset.scale().smallFiles();
  }

  /** What a run of a program cost in all. */
  record Measured(NativeTools.Report report, double cpu) {
    double megabytesPerSecond() {
      return report.bytes() / 1e6 / report.seconds();
    }

    double operationsPerSecond() {
      return report.operations() / report.seconds();
    }

    double cpuPerGigabyte() {
      return report.bytes() == 0 ? Double.NaN : cpu / (report.bytes() / 1e9);
    }

    Sample sample(Metric metric) {
      double value =
          switch (metric.unit()) {
            case MEGABYTES_PER_SECOND -> megabytesPerSecond();
            case READS_PER_SECOND, FILES_PER_SECOND -> operationsPerSecond();
            case SECONDS -> report.seconds();
          };
      return new Sample(metric, value, cpuPerGigabyte());
    }
  }

  /** Runs the reader and counts what the contender's processes used meanwhile. */
  Measured read(Contender contender, Object... arguments)
      throws BenchException, InterruptedException {
    List<String> program = contender.reader();
    return program.isEmpty()
        ? measure("reader", contender, arguments)
        : measure(program, contender, arguments);
  }

  Measured measure(String program, Contender contender, Object... arguments)
      throws BenchException, InterruptedException {
    return measure(List.of(tools.program(program).toString()), contender, arguments);
  }

  private static Measured measure(List<String> program, Contender contender, Object... arguments)
      throws BenchException, InterruptedException {
    double before = contender.processorSeconds();
    NativeTools.Report report =
        NativeTools.measure(program, Arrays.stream(arguments).map(Object::toString).toList());
    double used = contender.processorSeconds() - before;
    return new Measured(report, used + report.cpu());
  }

  /**
   * A file that names files below a contender's root.
   *
   * @param paths relative to the root
   */
  Path list(Contender contender, String name, List<String> paths) throws BenchException {
    try {
      Path file =
          Files.createDirectories(dataset.root().resolveSibling("lists"))
              .resolve(contender.name() + "-" + name.replace('/', '-'));
      return Files.write(
          file, paths.stream().map(path -> contender.root().resolve(path).toString()).toList());
    } catch (IOException e) {
      throw new BenchException("a list of files cannot be written: " + e.getMessage(), e);
    }
  }

  /** Lets go of the kernel's pages of these files. */
  void drop(List<String> paths) throws BenchException, InterruptedException {
    List<String> words = new ArrayList<>(List.of("drop"));
    words.addAll(paths);
    tools.run("reader", words);
  }

  /** A large file below a contender's root. */
  static String file(Contender contender, int index) {
    return contender.root().resolve(Dataset.fileName(index)).toString();
  }

  /** All large files below a contender's root. */
  List<String> files(Contender contender) {
    List<String> files = new ArrayList<>();
    for (int i = 0; i < dataset.scale().files(); i++) {
      files.add(file(contender, i));
    }
    return files;
  }

  /** The large files whose turn it is. */
  List<String> nextFiles(Contender contender, int count) {
    List<String> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int next = turn.merge(contender, 1, Integer::sum) - 1;
      files.add(file(contender, next % dataset.scale().files()));
    }
    return files;
  }

  /** Whether this is the first time that a contender comes to something since it was started. */
  boolean isNew(Contender contender, String what) {
    return done.computeIfAbsent(contender, c -> new HashSet<>()).add(what);
  }

  /** The contender's client is a new process. */
  void forget(Contender contender) {
    done.computeIfAbsent(contender, c -> new HashSet<>()).remove("random");
  }

  /** Notes how fast a contender is at something, so that its next measurement lasts as wanted. */
  void noteRate(String what, double bytesPerSecond) {
    rates.put(what, bytesPerSecond);
  }

  /** Large files that take about the wanted time, at least one, at most all. */
  int filesForTheTime(String what) {
    double bytes = rates.getOrDefault(what, 0.0) * seconds;
    long count = Math.round(bytes / dataset.scale().fileSize());
    return (int) Math.max(1, Math.min(dataset.scale().files(), count));
  }
}
