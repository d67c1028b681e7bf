// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.report;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.work.Metric;
import io.railfs.benchmarks.work.Unit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One work as it came out of one run, and as a JSON file.
 *
 * @param letter of the work
 * @param facts of machine and run, by name
 * @param setUps of the contenders, by name
 */
public record WorkResult(
    String letter, Map<String, String> facts, Map<String, String> setUps, List<Line> lines) {

  /** Reads what {@link #write} wrote. */
  public static WorkResult read(Path file) throws BenchException {
    try {
      Map<String, Object> json =
          ConfigFactory.parseString(Files.readString(file)).root().unwrapped();
      List<Line> lines = new ArrayList<>();
      for (Object line : list(json.get("lines"))) {
        lines.add(line(map(line)));
      }
      return new WorkResult(
          json.get("work").toString(),
          texts(json.get("facts")),
          texts(json.get("contenders")),
          lines);
    } catch (IOException | ConfigException | NullPointerException | ClassCastException e) {
      throw new BenchException(file + " does not hold results: " + e.getMessage(), e);
    }
  }

  private static Line line(Map<String, Object> json) {
    Line line =
        new Line(
            new Metric(
                json.get("id").toString(),
                json.get("title").toString(),
                Unit.valueOf(json.get("unit").toString())));
    for (Object entry : list(json.get("figures"))) {
      Map<String, Object> figures = map(entry);
      String contender = figures.get("contender").toString();
      list(figures.get("values"))
          .forEach(v -> line.addValue(contender, ((Number) v).doubleValue()));
      list(figures.get("cpu_seconds_per_gigabyte"))
          .forEach(v -> line.addCost(contender, ((Number) v).doubleValue()));
      if (figures.containsKey("note")) {
        line.note(contender, figures.get("note").toString());
      }
    }
    texts(json.get("failures")).forEach(line::fail);
    return line;
  }

  private static List<?> list(Object json) {
    return (List<?>) json;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object json) {
    return (Map<String, Object>) json;
  }

  private static Map<String, String> texts(Object json) {
    Map<String, String> texts = new LinkedHashMap<>();
    map(json).forEach((key, value) -> texts.put(key, value.toString()));
    return texts;
  }

  /** Writes it over what a file holds already: lines of other runs stay, the same ones give way. */
  public void addTo(Path file) throws BenchException {
    if (!Files.exists(file)) {
      write(file);
      return;
    }
    WorkResult before = read(file);
    Map<String, Line> all = new LinkedHashMap<>();
    before.lines().forEach(line -> all.put(line.metric().id(), line));
    lines.forEach(line -> all.put(line.metric().id(), line));
    Map<String, String> everyone = new LinkedHashMap<>(before.setUps());
    everyone.putAll(setUps);
    new WorkResult(letter, facts, everyone, List.copyOf(all.values())).write(file);
  }

  /** Writes it as JSON, which {@link #read} reads. */
  public void write(Path file) throws BenchException {
    List<Object> rows = new ArrayList<>();
    lines.forEach(line -> rows.add(json(line)));
    Map<String, Object> json =
        Map.of("work", letter, "facts", facts, "contenders", setUps, "lines", rows);
    ConfigRenderOptions options =
        ConfigRenderOptions.defaults().setOriginComments(false).setComments(false).setJson(true);
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, ConfigValueFactory.fromMap(json).render(options));
    } catch (IOException e) {
      throw new BenchException(file + " cannot be written: " + e.getMessage(), e);
    }
  }

  private static Map<String, Object> json(Line line) {
    List<Object> figures = new ArrayList<>();
    for (String contender : line.contenders()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("contender", contender);
      entry.put("values", rounded(line.values(contender)));
      entry.put("cpu_seconds_per_gigabyte", rounded(line.costs(contender)));
      line.noteOf(contender).ifPresent(note -> entry.put("note", note));
      figures.add(entry);
    }
    Metric metric = line.metric();
    return Map.of(
        "id", metric.id(),
        "title", metric.title(),
        "unit", metric.unit().name(),
        "figures", figures,
        "failures", line.failures());
  }

  private static List<Double> rounded(Figures figures) {
    return figures.values().stream().map(v -> Math.round(v * 1e4) / 1e4).toList();
  }
}
