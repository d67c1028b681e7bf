package io.railfs.benchmarks.report;

import java.util.Locale;

/** Lines as tables. */
public final class Table {
  private Table() {}

  /** For a terminal. */
  public static String text(Line line) {
    StringBuilder text = new StringBuilder();
    text.append(
        "%s  %s, %s%n"
            .formatted(line.metric().id(), line.metric().title(), line.metric().unit().text()));
    double reference = line.values("memfs").median();
    for (String contender : line.contenders()) {
      Figures values = line.values(contender);
      text.append(
          String.format(
              Locale.ROOT,
              "  %-16s %12s  (%s - %s)  %s  cpu-s/GB %s%n",
              contender,
              number(values.median()),
              number(values.least()),
              number(values.most()),
              Double.isNaN(reference) ? "" : "x F %.2f".formatted(values.median() / reference),
              number(line.costs(contender).median())));
    }
    line.failures()
        .forEach((who, why) -> text.append("  ").append(who).append(": ").append(why).append('\n'));
    return text.toString();
  }

  /** Three significant digits or whole numbers. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "-";
    }
    int decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }
}
