// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks;

import io.railfs.benchmarks.contender.Contenders;
import io.railfs.benchmarks.contender.Dataset;
import io.railfs.benchmarks.contender.Site;
import io.railfs.benchmarks.contender.Unseen;
import io.railfs.benchmarks.report.Line;
import io.railfs.benchmarks.report.Page;
import io.railfs.benchmarks.report.Table;
import io.railfs.benchmarks.report.WorkResult;
import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.GuestMemory;
import io.railfs.benchmarks.system.Leftovers;
import io.railfs.benchmarks.system.Machine;
import io.railfs.benchmarks.system.NativeTools;
import io.railfs.benchmarks.system.Packages;
import io.railfs.benchmarks.system.QuietGate;
import io.railfs.benchmarks.work.Case;
import io.railfs.benchmarks.work.Lab;
import io.railfs.benchmarks.work.Works;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code bin/railfs-bench-suite}: one run from the first package to the last line of the page. */
final class Suite {
  private final Options options;
  private final Path home;

  private Suite(Options options, Path home) {
    this.options = options;
    this.home = home;
  }

  public static void main(String[] words) throws InterruptedException {
    if (List.of(words).contains("--help") || List.of(words).contains("-h")) {
      System.out.print(Options.USAGE);
      return;
    }
    try {
      new Suite(Options.of(List.of(words)), Path.of(System.getProperty("railfs.home"))).run();
    } catch (BenchException | IllegalArgumentException e) {
      System.err.println("bench: " + e.getMessage());
      System.exit(1);
    }
  }

  private void run() throws BenchException, InterruptedException {
    try {
      Files.createDirectories(options.directory());
      try (FileChannel channel =
              FileChannel.open(
                  options.directory().resolve("lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock lock = channel.tryLock()) {
        if (lock == null) {
          throw new BenchException(
              "another run uses "
                  + options.directory()
                  + "; wait for it or name another --directory");
        }
        runLocked();
      }
    } catch (IOException e) {
      throw new BenchException(options.directory() + " cannot be used: " + e.getMessage(), e);
    }
  }

  private void runLocked() throws BenchException, InterruptedException {
    Path base = options.directory();
    Leftovers.clear(base);
    Packages.install(Contenders.packages(options.contenders()));
    NativeTools tools =
        NativeTools.compile(home.resolve("benchmarks/src/main/c"), base.resolve("native"));
    Dataset dataset = Dataset.make(base, options.scale());
    int repeats = options.repeats();
    Unseen unseen =
        dataset.unseen(
            Works.coldFiles(repeats), Works.coldObjects(repeats), Works.coldTrees(repeats));
    try (GuestMemory memory = GuestMemory.keep(tools);
        Contenders contenders = new Contenders(new Site(home, base, dataset, tools))) {
      Thread stop = new Thread(() -> stop(contenders, memory), "stop");
      Runtime.getRuntime().addShutdownHook(stop);
      measure(contenders, new Lab(tools, dataset, options.seconds(), repeats), unseen, memory);
    }
  }

  private static void stop(Contenders contenders, GuestMemory memory) {
    contenders.close();
    try {
      memory.close();
    } catch (BenchException e) {
      System.err.println("bench: " + e.getMessage());
    }
  }

  private void measure(Contenders contenders, Lab lab, Unseen unseen, GuestMemory memory)
      throws BenchException, InterruptedException {
    Map<String, List<Case>> works = Works.of(lab, options.streams(), unseen);
    Map<String, String> facts = Machine.facts(home);
    facts.put("free memory", memory.describe());
    facts.put("dataset", options.scale().toString());
    facts.put("repeats", Integer.toString(options.repeats()));
    Map<String, Line> measured = new LinkedHashMap<>();
    // One for the run: where it never is quiet, the next work does not wait for that again.
    QuietGate gate = new QuietGate(options.quietWait());
    long start = System.nanoTime();
    for (String letter : options.works().isEmpty() ? works.keySet() : options.works()) {
      if (!works.containsKey(letter)) {
        throw new BenchException("there is no work '" + letter + "', but " + works.keySet());
      }
      List<Case> cases = works.get(letter).stream().filter(one -> options.wants(one.id())).toList();
      if (!cases.isEmpty()) {
        System.out.printf("(%s) %s%n%n", letter, Works.TITLES.get(letter));
        measure(letter, cases, contenders, gate, facts, measured);
      }
    }
    System.out.printf("What was to be reached%n%n%s", Page.reach(measured));
    System.out.printf("%nThis took %d minutes.%n", minutesSince(start));
  }

  /**
   * What is measured is kept case by case: a run that is ended early loses only the case under way.
   */
  private void measure(
      String letter,
      List<Case> cases,
      Contenders contenders,
      QuietGate gate,
      Map<String, String> facts,
      Map<String, Line> measured)
      throws BenchException, InterruptedException {
    long start = System.nanoTime();
    int passed = gate.passed();
    int gaveUp = gate.gaveUp();
    Rounds rounds = new Rounds(contenders, gate, options.contenders(), options.repeats());
    Map<String, String> all = new LinkedHashMap<>(facts);
    all.put("measured", LocalDate.now(ZoneOffset.UTC).toString());
    for (Case work : cases) {
      Map<String, String> setUps = new LinkedHashMap<>();
      List<Line> lines = rounds.run(work);
      for (Line line : lines) {
        System.out.println(Table.text(line));
        measured.put(line.metric().id(), line);
        line.contenders().forEach(name -> setUps.put(name, contenders.get(name).setUp()));
      }
      int quiet = gate.passed() - passed;
      all.put("quiet", quiet + " of " + (quiet + gate.gaveUp() - gaveUp) + " times");
      save(new WorkResult(letter, all, setUps, lines));
    }
    contenders.stopVariants();
    System.out.printf(
        "(%s) the machine was quiet %s; this took %d minutes%n%n",
        letter, all.get("quiet"), minutesSince(start));
  }

  private static long minutesSince(long nanos) {
    return Math.round((System.nanoTime() - nanos) / 60e9);
  }

  private void save(WorkResult result) throws BenchException {
    String name = result.letter() + ".json";
    result.addTo(options.directory().resolve("results").resolve(name));
    if (options.writeDocs()) {
      Path directory = home.resolve("docs/performance");
      result.addTo(directory.resolve(name));
      Page.of(directory).write(home.resolve("docs/PERFORMANCE.md"));
    }
  }
}
