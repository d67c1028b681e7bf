// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The table of docs/ARCHITECTURE.md, which is the one declaration of the modules, their packages
 * and which package may use which.
 */
final class ModuleTable {
  static final Path PAGE = MountEnvironment.HOME.resolve("docs/ARCHITECTURE.md");

  private static final String ROOT = "io.railfs.";
  private static final String HEADING = "| module | package | what it holds | may use |";
  private static final Pattern NAME = Pattern.compile("`([\\w.-]+)`");

  private final List<Row> rows;

  private ModuleTable(List<Row> rows) {
    this.rows = rows;
  }

  /**
   * What one package, with those below it that have no row of their own, may use.
   *
   * @param name of the package, without io.railfs
   * @param mayUse names of packages, each with those below it
   */
  record Row(String module, String name, List<String> mayUse) {
    boolean isAllowed(String other) {
      return isWithin(other, name) || mayUse.stream().anyMatch(used -> isWithin(other, used));
    }
  }

  /** Reads it from the page. */
  static ModuleTable read() {
    List<Row> rows = new ArrayList<>();
    String module = "";
    List<String> lines = lines();
    for (int i = lines.indexOf(HEADING) + 2;
        i < lines.size() && lines.get(i).startsWith("|");
        i++) {
      String[] cells = lines.get(i).split("\\|", -1);
      module = name(cells[1]).orElse(module);
      String full = name(cells[2]).orElseThrow();
      rows.add(new Row(module, full.substring(ROOT.length()), names(cells[4])));
    }
    return new ModuleTable(rows);
  }

  private static List<String> lines() {
    try {
      return Files.readAllLines(PAGE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<String> name(String cell) {
    return names(cell).stream().findFirst();
  }

  private static List<String> names(String cell) {
    return NAME.matcher(cell).results().map(match -> match.group(1)).toList();
  }

  List<Row> rows() {
    return rows;
  }

  /** The row of a package of ours, by its full name; the longest one that fits. */
  Optional<Row> of(String packageName) {
    Row best = null;
    for (Row row : rows) {
      boolean longer = best == null || row.name().length() > best.name().length();
      if (longer && isWithin(relative(packageName), row.name())) {
        best = row;
      }
    }
    return Optional.ofNullable(best);
  }

  /** The name of a package of ours without io.railfs. */
  static String relative(String packageName) {
    Matcher ours = Pattern.compile("io\\.railfs\\.(.+)").matcher(packageName);
    return ours.matches() ? ours.group(1) : "";
  }

  private static boolean isWithin(String name, String parent) {
    return name.equals(parent) || name.startsWith(parent + ".");
  }
}
