// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.report;

import java.util.Arrays;
import java.util.List;

/** Numbers of one metric of one contender. */
public record Figures(List<Double> values) {
  public Figures {
    values = List.copyOf(values);
  }

  /**
   * The middle one; of an even count, the mean of the two in the middle; NaN where there is none.
   */
  public double median() {
    double[] sorted = sorted();
    int n = sorted.length;
    return n == 0 ? Double.NaN : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  }

  public double least() {
    return values.isEmpty() ? Double.NaN : sorted()[0];
  }

  public double most() {
    return values.isEmpty() ? Double.NaN : sorted()[values.size() - 1];
  }

  private double[] sorted() {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted;
  }
}
