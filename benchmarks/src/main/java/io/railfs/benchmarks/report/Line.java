package io.railfs.benchmarks.report;

import io.railfs.benchmarks.work.Metric;
import io.railfs.benchmarks.work.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All figures of one metric. */
public final class Line {
  private final Metric metric;
  private final Map<String, List<Double>> values = new LinkedHashMap<>();
  private final Map<String, List<Double>> costs = new LinkedHashMap<>();
  private final Map<String, String> failures = new LinkedHashMap<>();

  public Line(Metric metric) {
    this.metric = metric;
  }

  public Metric metric() {
    return metric;
  }

  /** Adds one measurement of a contender. */
  public void add(String contender, Sample sample) {
    add(contender, sample.value(), sample.cpuPerGigabyte());
  }

  void add(String contender, double value, double cost) {
    values.computeIfAbsent(contender, name -> new ArrayList<>()).add(value);
    if (!Double.isNaN(cost)) {
      costs.computeIfAbsent(contender, name -> new ArrayList<>()).add(cost);
    }
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

  public Map<String, String> failures() {
    return failures;
  }
}
