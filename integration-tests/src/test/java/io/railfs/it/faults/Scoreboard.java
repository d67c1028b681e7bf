// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a campaign has found. */
final class Scoreboard {
  private static final class Row {
    private final List<Long> recoveries = new ArrayList<>();
    private final List<Long> waits = new ArrayList<>();
    private final Map<String, Integer> errors = new TreeMap<>();
  }

  private final Map<FaultKind, Row> rows = new EnumMap<>(FaultKind.class);
  private final List<String> failures = new ArrayList<>();
  private long worstNanos;
  private long operations;
  private long faults;

  private Row row(FaultKind kind) {
    return rows.computeIfAbsent(kind, key -> new Row());
  }

  /**
   * A fault is over.
   *
   * @param recoveryNanos from its end to all being as before
   * @param waitNanos the longest operation of a reader meanwhile
   */
  void over(Fault fault, long recoveryNanos, long waitNanos) {
    faults++;
    row(fault.kind()).recoveries.add(recoveryNanos);
    row(fault.kind()).waits.add(waitNanos);
    worstNanos = Math.max(worstNanos, waitNanos);
  }

  /** An error that a fault explains. */
  void explained(Fault fault, VerifierEvent event) {
    row(fault.kind()).errors.merge(event.detail(), 1, Integer::sum);
  }

  /** Something that must not be. */
  void fail(String what) {
    failures.add(what);
    System.out.println("FAILURE " + what);
  }

  void operations(long count) {
    operations = count;
  }

  List<String> failures() {
    return List.copyOf(failures);
  }

  private long failures(String kind) {
    return failures.stream().filter(failure -> failure.startsWith(kind)).count();
  }

  /** In Markdown. */
  String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        "%d faults, %,d operations; wrong bytes: %d; operations beyond their deadline and a second: %d; errors without a reason: %d; not recovered: %d; hanging processes: %d; leaks: %d; longest operation: %s.%n%n"
            .formatted(
                faults,
                operations,
                failures("wrong"),
                failures("late"),
                failures("error"),
                failures("recovery"),
                failures("hang"),
                failures("leak"),
                seconds(worstNanos)));
    text.append(
        "| fault | times | longest wait of a reader, p50 | max | as before after, p50 | max | errors that it explains |\n");
    text.append("| --- | --- | --- | --- | --- | --- | --- |\n");
    rows.forEach((kind, row) -> text.append(line(kind, row)));
    return text.toString();
  }

  private static String line(FaultKind kind, Row row) {
    String errors =
        row.errors.isEmpty()
            ? "none"
            : row.errors.entrySet().stream()
                .map(error -> error.getKey() + " " + error.getValue())
                .collect(Collectors.joining(", "));
    return "| %s | %d | %s | %s | %s | %s | %s |%n"
        .formatted(
            kind.text(),
            row.recoveries.size(),
            seconds(median(row.waits)),
            seconds(Collections.max(row.waits)),
            seconds(median(row.recoveries)),
            seconds(Collections.max(row.recoveries)),
            errors);
  }

  private static long median(List<Long> numbers) {
    return numbers.stream().sorted().toList().get(numbers.size() / 2);
  }

  private static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
  }
}
