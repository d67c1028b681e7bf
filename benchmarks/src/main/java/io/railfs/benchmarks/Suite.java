package io.railfs.benchmarks;

import io.railfs.benchmarks.contender.Contenders;
import io.railfs.benchmarks.contender.Dataset;
import io.railfs.benchmarks.contender.Site;
import io.railfs.benchmarks.report.Line;
import io.railfs.benchmarks.report.Table;
import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Leftovers;
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
    List<String> coldNames = dataset.coldNames(Works.coldFiles(options.repeats()));
    try (Contenders contenders = new Contenders(new Site(home, base, dataset, tools))) {
      Thread stop = new Thread(contenders::close, "stop");
      Runtime.getRuntime().addShutdownHook(stop);
      measure(contenders, new Lab(tools, dataset, options.seconds()), coldNames);
    }
  }

  private void measure(Contenders contenders, Lab lab, List<String> coldNames)
      throws BenchException, InterruptedException {
    QuietGate gate = new QuietGate(options.patience());
    Rounds rounds = new Rounds(contenders, gate, options.contenders(), options.repeats());
    Map<String, List<Case>> works = Works.of(lab, options.streams(), coldNames);
    for (String letter : options.works().isEmpty() ? works.keySet() : options.works()) {
      List<Case> cases = works.get(letter);
      if (cases == null) {
        throw new BenchException("there is no work '" + letter + "', but " + works.keySet());
      }
      for (Case work : cases) {
        List<Line> fresh = rounds.run(work);
        fresh.forEach(line -> System.out.println(Table.text(line)));
      }
    }
    System.err.printf(
        "bench: %d measurements began on a quiet machine, %d after %d s without quiet%n",
        gate.passed(), gate.gaveUp(), options.patience());
  }
}
