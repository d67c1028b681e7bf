// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that was found.
 *
 * @param findings those of a group beside each other
 */
public record Report(List<Finding> findings) {
  private static final String GAP = "  ";

  public Report {
    findings = List.copyOf(findings);
  }

  /** The worst level of all. */
  public Level level() {
    return findings.stream().map(Finding::level).max(Comparator.naturalOrder()).orElse(Level.OK);
  }

  /** Lines for a person: groups with aligned columns, advice below what it is about. */
  public List<String> lines() {
    int level = width(finding -> finding.level().label());
    int check = width(Finding::check);
    List<String> lines = new ArrayList<>();
    String group = "";
    for (Finding finding : findings) {
      if (!finding.group().equals(group)) {
        group = finding.group();
        lines.add(group);
      }
      lines.add(
          GAP
              + padded(finding.level().label(), level)
              + GAP
              + padded(finding.check(), check)
              + GAP
              + finding.seen());
      if (!finding.advice().isEmpty()) {
        lines.add(GAP + " ".repeat(level + check) + GAP + GAP + "-> " + finding.advice());
      }
    }
    lines.add(summary());
    return lines;
  }

  /**
   * One line for a monitoring system: the state, then what is not well, the worst first; no line
   * break, and no "|", behind which such systems expect numbers.
   */
  public String line() {
    String state =
        switch (level()) {
          case SKIPPED, OK -> "OK";
          case WARNING -> "WARNING";
          case PROBLEM -> "PROBLEM";
        };
    String bad =
        findings.stream()
            .filter(finding -> finding.level().compareTo(Level.OK) > 0)
            .sorted(Comparator.comparing(Finding::level).reversed())
            .map(finding -> finding.check() + " (" + finding.group() + "): " + finding.seen())
            .collect(joining("; "));
    return ("RAILFS " + state + " - " + summary() + (bad.isEmpty() ? "" : "; " + bad))
        .replace('|', '/')
        .replaceAll("\\s+", " ");
  }

  private String summary() {
    long warnings = count(Level.WARNING);
    long problems = count(Level.PROBLEM);
    long skipped = count(Level.SKIPPED);
    return "%d checks: %d ok, %s%d %s, %d %s"
        .formatted(
            findings.size(),
            count(Level.OK),
            skipped == 0 ? "" : skipped + " skipped, ",
            warnings,
            warnings == 1 ? "warning" : "warnings",
            problems,
            problems == 1 ? "problem" : "problems");
  }

  private long count(Level level) {
    return findings.stream().filter(finding -> finding.level() == level).count();
  }

  private interface Column {
    String of(Finding finding);
  }

  private int width(Column column) {
    return findings.stream().mapToInt(finding -> column.of(finding).length()).max().orElse(0);
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(width - text.length());
  }

  /** Maps, lists, strings and numbers. */
  public Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("level", level().label());
    json.put("exit_code", level().exitCode());
    json.put("findings", findings.stream().map(Finding::toJson).toList());
    return json;
  }
}
