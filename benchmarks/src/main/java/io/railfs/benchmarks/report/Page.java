// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.report;

import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.work.Works;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The part of docs/PERFORMANCE.md between its two marks, made from docs/performance/*.json. */
public final class Page {
  private static final int COLUMNS = 120;
  private static final String BEGIN =
      "<!-- results: written by bin/railfs-bench-suite --write-docs -->";
  private static final String END = "<!-- end of results -->";

  private final Map<String, WorkResult> results = new TreeMap<>();

  /** Reads all results of a directory. */
  public static Page of(Path directory) throws BenchException {
    Page page = new Page();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(Page::isWork).toList()) {
        WorkResult result = WorkResult.read(file);
        page.results.put(result.letter(), result);
      }
      return page;
    } catch (IOException e) {
      throw new BenchException(directory + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static boolean isWork(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".json")
        && Works.TITLES.containsKey(name.substring(0, name.length() - ".json".length()));
  }

  /** Replaces what stands between the marks of the page. */
  public void write(Path file) throws BenchException {
    try {
      String text = Files.readString(file);
      int begin = text.indexOf(BEGIN);
      int end = text.indexOf(END);
      if (begin < 0 || end < begin) {
        throw new BenchException(file + " has no marks to write the results between");
      }
      Files.writeString(
          file, text.substring(0, begin) + BEGIN + "\n\n" + markdown() + text.substring(end));
    } catch (IOException e) {
      throw new BenchException(file + " cannot be written: " + e.getMessage(), e);
    }
  }

  /** Which of what RailFS is to reach these lines of one run reached, by their ids. */
  public static String reach(Map<String, Line> lines) {
    return new Reach().text(lines);
  }

  String markdown() {
    Map<String, Line> lines = new LinkedHashMap<>();
    results
        .values()
        .forEach(result -> result.lines().forEach(line -> lines.put(line.metric().id(), line)));
    StringBuilder text = new StringBuilder("### Reach\n\n");
    text.append(new Reach().markdown(lines)).append('\n');
    for (WorkResult result : results.values()) {
      text.append("### (%s) %s%n%n".formatted(result.letter(), Works.TITLES.get(result.letter())));
      text.append(Table.markdown(result.lines(), isWide(result))).append('\n');
      appendNotes(text, result);
    }
    text.append("### Machine and contenders\n\n");
    Map<String, String> setUps = new TreeMap<>();
    for (WorkResult result : results.values()) {
      text.append(bullet("(%s): %s".formatted(result.letter(), facts(result))));
      setUps.putAll(result.setUps());
    }
    text.append('\n');
    setUps.forEach((name, what) -> text.append(bullet("**%s**: %s".formatted(name, what))));
    return text.append('\n').toString();
  }

  /** An item of a list, its lines as long as those of other pages. */
  private static String bullet(String words) {
    StringBuilder text = new StringBuilder("-");
    int column = 1;
    for (String word : words.split(" ", -1)) {
      if (column + 1 + word.length() > COLUMNS) {
        text.append("\n ");
        column = 1;
      }
      text.append(' ').append(word);
      column += 1 + word.length();
    }
    return text.append('\n').toString();
  }

  /** Works of many lines have a column for each contender. */
  private static boolean isWide(WorkResult result) {
    return List.of("d", "e", "h").contains(result.letter());
  }

  private static String facts(WorkResult result) {
    StringBuilder text = new StringBuilder();
    result
        .facts()
        .forEach(
            (name, value) ->
                text.append(text.isEmpty() ? "" : "; ").append(name).append(' ').append(value));
    return text.toString();
  }

  private static void appendNotes(StringBuilder text, WorkResult result) {
    StringBuilder notes = new StringBuilder();
    for (Line line : result.lines()) {
      for (String contender : line.contenders()) {
        line.noteOf(contender)
            .ifPresent(
                note ->
                    notes.append("- %s, %s: %s%n".formatted(line.metric().id(), contender, note)));
      }
      line.failures()
          .forEach(
              (contender, reason) ->
                  notes.append(
                      "- %s, %s failed: %s%n"
                          .formatted(line.metric().id(), contender, firstLine(reason))));
    }
    if (!notes.isEmpty()) {
      text.append(notes).append('\n');
    }
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }
}
