// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.report;

import io.railfs.benchmarks.work.Metric;
import io.railfs.benchmarks.work.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All figures of one metric. */
public final class Line {
  private final Metric metric;
  private final Map<String, List<Double>> values = new LinkedHashMap<>();
  private final Map<String, List<Double>> costs = new LinkedHashMap<>();
  private final Map<String, String> notes = new LinkedHashMap<>();
  private final Map<String, String> failures = new LinkedHashMap<>();

  public Line(Metric metric) {
    this.metric = metric;
  }

  public Metric metric() {
    return metric;
  }

  /** Adds one measurement of a contender. */
  public void add(String contender, Sample sample) {
    addValue(contender, sample.value());
    if (!Double.isNaN(sample.cpuPerGigabyte())) {
      addCost(contender, sample.cpuPerGigabyte());
    }
  }

  void addValue(String contender, double value) {
    values.computeIfAbsent(contender, name -> new ArrayList<>()).add(value);
  }

  void addCost(String contender, double cost) {
    costs.computeIfAbsent(contender, name -> new ArrayList<>()).add(cost);
  }

  /** Adds what a reader should know of a contender's figures. */
  public void note(String contender, String text) {
    notes.put(contender, text);
  }

  public Optional<String> noteOf(String contender) {
    return Optional.ofNullable(notes.get(contender));
  }

  /** Notes why a contender has no figure, or no more of them. */
  public void fail(String contender, String reason) {
    failures.put(contender, reason);
  }

  /** Those that were measured, in the order of their first measurement. */
  public List<String> contenders() {
    return List.copyOf(values.keySet());
  }

  public Figures values(String contender) {
    return new Figures(values.getOrDefault(contender, List.of()));
  }

  /** Processor seconds for each 10^9 bytes. */
  public Figures costs(String contender) {
    return new Figures(costs.getOrDefault(contender, List.of()));
  }

  /** How much better the first is than the second by their medians; NaN where one is missing. */
  public double ratio(String first, String second) {
    double ratio = values(first).median() / values(second).median();
    return metric.unit().moreIsBetter() ? ratio : 1 / ratio;
  }

  /** What both limits together allow, 1 / (1/N + 1/F); NaN where one is missing. */
  public double limit() {
    return 1 / (1 / values("N").median() + 1 / values("memfs").median());
  }

  public Map<String, String> failures() {
    return failures;
  }
}
