// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
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
import java.util.Locale;
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

  /** The case under measurement. */
  private record Running(
      Case work,
      List<Contender> present,
      Map<Contender, Map<String, Long>> counters,
      Map<String, Line> lines,
      Map<String, String> failures) {}

  /** The lines of one case. */
  List<Line> run(Case work) throws InterruptedException {
    Running running =
        new Running(
            work,
            new ArrayList<>(),
            new LinkedHashMap<>(),
            new LinkedHashMap<>(),
            new LinkedHashMap<>());
    for (String name : work.contenders()) {
      if (families.contains(Contenders.family(name))) {
        attempt(running, contenders.get(name), this::begin);
      }
    }
    for (int repeat = 0; repeat < repeats; repeat++) {
      for (Contender contender : List.copyOf(running.present())) {
        attempt(running, contender, this::measure);
      }
    }
    for (Contender contender :
        work.isCounted() ? List.copyOf(running.present()) : List.<Contender>of()) {
      attempt(running, contender, this::end);
    }
    running.lines().values().forEach(line -> running.failures().forEach(line::fail));
    return List.copyOf(running.lines().values());
  }

  private interface Step {
    void run(Running running, Contender contender) throws BenchException, InterruptedException;
  }

  private static void attempt(Running running, Contender contender, Step step)
      throws InterruptedException {
    try {
      step.run(running, contender);
    } catch (BenchException e) {
      System.err.printf(
          "bench: %s leaves %s: %s%n", contender.name(), running.work().id(), e.getMessage());
      running.failures().put(contender.name(), e.getMessage());
      running.present().remove(contender);
    }
  }

  private void begin(Running running, Contender contender)
      throws BenchException, InterruptedException {
    contender.start();
    running.work().warmUp(contender);
    running.present().add(contender);
    running.counters().put(contender, contender.counters());
  }

  private void measure(Running running, Contender contender)
      throws BenchException, InterruptedException {
    running.work().prepare(contender);
    gate.await();
    for (Sample sample : running.work().measure(contender)) {
      running
          .lines()
          .computeIfAbsent(sample.metric().id(), id -> new Line(sample.metric()))
          .add(contender.name(), sample);
    }
  }

  private void end(Running running, Contender contender)
      throws BenchException, InterruptedException {
    String note = note(running.counters().get(contender), contender.counters());
    if (!note.isEmpty()) {
      running.lines().values().forEach(line -> line.note(contender.name(), note));
    }
  }

  /** What a client itself counted; empty where it was mounted again meanwhile. */
  static String note(Map<String, Long> before, Map<String, Long> after) {
    Map<String, Long> grown = new LinkedHashMap<>();
    after.forEach((name, count) -> grown.put(name, count - before.getOrDefault(name, 0L)));
    long read = grown.getOrDefault("read_bytes", 0L);
    if (read <= 0 || grown.values().stream().anyMatch(count -> count < 0)) {
      return "";
    }
    return String.format(
        Locale.ROOT,
        "fetched %.0f %% of what was read, %.0f %% prefetched and never read",
        100.0 * grown.get("fetched_bytes") / read,
        100.0 * grown.get("wasted_bytes") / read);
  }
}
