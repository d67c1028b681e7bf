// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Lines as tables. */
public final class Table {
  private Table() {}

  /** For a terminal. */
  public static String text(Line line) {
    StringBuilder text = new StringBuilder();
    text.append(
        "%s  %s, %s%n"
            .formatted(line.metric().id(), line.metric().title(), line.metric().unit().text()));
    for (String contender : line.contenders()) {
      Figures values = line.values(contender);
      text.append(
          String.format(
              Locale.ROOT,
              "  %-15s %10s  (%s - %s)  /F %s  /L %s  cpu-s/GB %s  %s%n",
              contender,
              number(values.median()),
              number(values.least()),
              number(values.most()),
              number(line.ratio(contender, "memfs")),
              number(values.median() / line.limit()),
              number(line.costs(contender).median()),
              line.noteOf(contender).orElse("")));
    }
    return text.toString();
  }

  /**
   * For a page.
   *
   * @param wide with a column for each contender; otherwise with a row for each, and its ratios
   */
  static String markdown(List<Line> lines, boolean wide) {
    return wide ? matrix(lines) : rows(lines);
  }

  private static String rows(List<Line> lines) {
    StringBuilder text = new StringBuilder();
    text.append("| work | contender | median | min - max | / F | / L | / N | CPU-s/GB |\n");
    text.append("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (Line line : lines) {
      for (String contender : line.contenders()) {
        Figures values = line.values(contender);
        List<String> cells = new ArrayList<>();
        cells.add(line.metric().id() + ": " + line.metric().title());
        cells.add(contender);
        cells.add(number(values.median()) + " " + line.metric().unit().text());
        cells.add(number(values.least()) + " - " + number(values.most()));
        cells.add(number(line.ratio(contender, "memfs")));
        cells.add(number(values.median() / line.limit()));
        cells.add(number(line.ratio(contender, "N")));
        cells.add(number(line.costs(contender).median()));
        text.append(row(cells));
      }
    }
    return text.toString();
  }

  private static String matrix(List<Line> lines) {
    Set<String> contenders = new LinkedHashSet<>();
    lines.forEach(line -> contenders.addAll(line.contenders()));
    List<String> head = new ArrayList<>(List.of("work", "unit"));
    head.addAll(contenders);
    StringBuilder text = new StringBuilder(row(head));
    text.append(row(head.stream().map(cell -> "---").toList()));
    for (Line line : lines) {
      List<String> cells = new ArrayList<>();
      cells.add(line.metric().id() + ": " + line.metric().title());
      cells.add(line.metric().unit().text());
      for (String contender : contenders) {
        Figures values = line.values(contender);
        cells.add(
            Double.isNaN(values.median())
                ? "-"
                : "%s (%s - %s)"
                    .formatted(
                        number(values.median()), number(values.least()), number(values.most())));
      }
      text.append(row(cells));
    }
    return text.toString();
  }

  private static String row(List<String> cells) {
    return "| " + String.join(" | ", cells) + " |\n";
  }

  /** Three significant digits, or whole numbers. */
  static String number(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return "-";
    }
    int decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }
}
