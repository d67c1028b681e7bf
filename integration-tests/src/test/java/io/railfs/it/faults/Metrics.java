package io.railfs.it.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What a mount or worker told Prometheus at one moment. */
final class Metrics {
  private record Series(String name, String tags, double value) {}

  private final List<Series> series = new ArrayList<>();

  /**
   * @param text in Prometheus's text format
   */
  Metrics(String text) {
    for (String line : text.split("\n", -1)) {
      int space = line.lastIndexOf(' ');
      if (!line.startsWith("#") && space > 0) {
        int brace = line.indexOf('{');
        int end = brace < 0 ? space : brace;
        series.add(
            new Series(
                line.substring(0, end),
                line.substring(end, space),
                Double.parseDouble(line.substring(space + 1))));
      }
    }
  }

  /** The sum of the series of this name whose tags hold all of these words. */
  double sum(String name, String... words) {
    return series.stream()
        .filter(
            one ->
                one.name().equals(name) && List.of(words).stream().allMatch(one.tags()::contains))
        .mapToDouble(Series::value)
        .sum();
  }

  /** One line for each. */
  @Override
  public String toString() {
    return series.stream()
        .map(one -> one.name() + one.tags() + " " + one.value())
        .collect(Collectors.joining("\n"));
  }
}
