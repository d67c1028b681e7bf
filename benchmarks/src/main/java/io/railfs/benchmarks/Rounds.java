package io.railfs.benchmarks;

import io.railfs.benchmarks.contender.Contender;
import io.railfs.benchmarks.contender.Contenders;
import io.railfs.benchmarks.report.Line;
import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.QuietGate;
import io.railfs.benchmarks.work.Case;
import io.railfs.benchmarks.work.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures cases: all contenders are started and warmed, then they take turns, A B C A B C, so that
 * what the machine does meanwhile meets all of them alike. One that fails leaves the case, and its
 * reason stands in the results.
 */
final class Rounds {
  private final Contenders contenders;
  private final QuietGate gate;
  private final List<String> families;
  private final int repeats;

  /**
   * @param families contenders that may take part
   */
  Rounds(Contenders contenders, QuietGate gate, List<String> families, int repeats) {
    this.contenders = contenders;
    this.gate = gate;
    this.families = families;
    this.repeats = repeats;
  }

  /** The lines of one case. */
  List<Line> run(Case work) throws InterruptedException {
    Map<String, Line> lines = new LinkedHashMap<>();
    Map<String, String> failures = new LinkedHashMap<>();
    List<Contender> present = new ArrayList<>();
    for (String name : work.contenders()) {
      if (families.contains(Contenders.family(name))) {
        start(work, name, present, failures);
      }
    }
    for (int repeat = 0; repeat < repeats; repeat++) {
      for (Contender contender : List.copyOf(present)) {
        try {
          work.prepare(contender);
          gate.await();
          for (Sample sample : work.measure(contender)) {
            lines
                .computeIfAbsent(sample.metric().id(), id -> new Line(sample.metric()))
                .add(contender.name(), sample);
          }
        } catch (BenchException e) {
          leave(work, contender, e, present, failures);
        }
      }
    }
    lines.values().forEach(line -> failures.forEach(line::fail));
    return List.copyOf(lines.values());
  }

  private void start(Case work, String name, List<Contender> present, Map<String, String> failures)
      throws InterruptedException {
    Contender contender = contenders.get(name);
    try {
      contender.start();
      work.warmUp(contender);
      present.add(contender);
    } catch (BenchException e) {
      leave(work, contender, e, present, failures);
    }
  }

  private static void leave(
      Case work,
      Contender contender,
      BenchException cause,
      List<Contender> present,
      Map<String, String> failures) {
    System.err.printf("bench: %s leaves %s: %s%n", contender.name(), work.id(), cause.getMessage());
    failures.put(contender.name(), cause.getMessage());
    present.remove(contender);
  }
}
