// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What RailFS is to reach, as ratios of medians of one run, and whether it does. */
final class Reach {
  /**
   * One demand.
   *
   * @param metric id of the line
   * @param wanted ratio
   * @param atMost whether the ratio is to be at most this; otherwise at least
   */
  private record Demand(
      String metric, String text, Quotient quotient, double wanted, boolean atMost) {
    /** What these lines have; NaN where one is missing. */
    double ratio(Map<String, Line> lines) {
      Line line = lines.get(metric);
      return line == null ? Double.NaN : quotient.of(line, lines);
    }

    String bound() {
      return (atMost ? "at most " : "at least ") + Table.number(wanted);
    }
  }

  /** What is divided by what. */
  private interface Quotient {
    double of(Line line, Map<String, Line> all);
  }

  private final List<Demand> demands = new ArrayList<>();

  Reach() {
    demand("n/1", "null", "memfs", 0.95);
    demand("n/4k/direct/4", "null", "memfs", 0.90);
    for (String streams : List.of("1", "4", "32")) {
      double least = streams.equals("1") ? 0.70 : 0.75;
      least(
          "a/" + streams,
          "railfs / L",
          (line, all) -> line.values("railfs").median() / line.limit(),
          least);
    }
    for (String streams : List.of("1", "4", "32")) {
      demand("b/" + streams, "railfs-cached", "memfs", streams.equals("32") ? 0.95 : 0.85);
    }
    peers("a/1", Map.of("glusterfs", 1.5, "moosefs", 1.7, "alluxio", 2.4, "sshfs", 3.5));
    peers("a/4", Map.of("glusterfs", 1.3, "moosefs", 1.5, "alluxio", 2.5, "sshfs", 2.0));
    demand("b/1", "railfs-cached", "alluxio-cached", 1.5);
    demand("c/1", "railfs", "moosefs", 1);
    for (String jobs : List.of("1", "4", "32")) {
      for (String mode : List.of("buffered", "direct")) {
        double least = jobs.equals("32") ? 0.90 : 0.75;
        demand("d/cached/4k/" + mode + "/" + jobs, "railfs-cached", "memfs", least);
      }
      demand("d/4k/mmap/" + jobs, "railfs", "glusterfs", 1.5);
    }
    local();
    cold();
    for (String jobs : List.of("1", "4")) {
      for (String mode : List.of("buffered", "direct")) {
        peers(
            "d/4k/" + mode + "/" + jobs, Map.of("glusterfs", 2.0, "moosefs", 2.0, "alluxio", 40.0));
      }
    }
    for (String tree : List.of("e/1k/read", "e/100k/read")) {
      peers(tree, Map.of("moosefs", 1.5, "glusterfs", 1.8, "alluxio", 3.5));
    }
    String inOrder = "e/100k-order/read-in-order";
    least(
        inOrder,
        "railfs / shuffled",
        (line, all) -> across(line, "railfs", all.get("e/100k/read"), "railfs"),
        1.3);
    for (String peer : List.of("alluxio", "glusterfs", "moosefs", "sshfs")) {
      demand(inOrder, "railfs", peer, 2);
      demand("e/1k/find-stat", "railfs", peer, peer.equals("glusterfs") ? 2 : 1.5);
    }
    for (String shape : List.of("1k/1", "1k/16", "100k/1", "100k/16")) {
      demand("h/" + shape, "railfs", "alluxio", 3);
      demand("h/s3/" + shape, "railfs-s3", "sdk", 0.7);
    }
    demand("h/s3/load", "railfs-s3", "sdk", 0.7);
    for (String streams : List.of("1", "4", "16")) {
      demand("s/" + streams, "railfs-s3", "sdk", 0.8);
      demand("s/" + streams, "railfs-s3", "s3fs", 1.5);
      demand("s/" + streams, "railfs-s3", "rclone", 1.5);
    }
    demand("e/1k/find-stat-again", "railfs", "moosefs", 1);
    for (String streams : List.of("1", "4", "32")) {
      demands.add(
          new Demand("a/" + streams, "CPU-s/GB: railfs / (N + F)", Reach::costRatio, 1.35, true));
    }
  }

  /** A worker on this machine whose files are read. */
  private void local() {
    for (String streams : List.of("1", "4", "32")) {
      demand("a/" + streams, "railfs-local", "memfs", 0.80);
      demands.add(
          new Demand(
              "a/" + streams,
              "CPU-s/GB: railfs-local / F",
              (line, all) -> line.costs("railfs-local").median() / line.costs("memfs").median(),
              1.4,
              true));
    }
    for (String jobs : List.of("1", "4")) {
      demand("d/4k/direct/" + jobs, "railfs-local", "railfs", 2);
    }
  }

  /** Content that no cache has seen against content that the worker has. */
  private void cold() {
    for (String streams : List.of("1", "4")) {
      String hot = "a/" + streams;
      least(
          "g/" + streams,
          "railfs / railfs of (a)",
          (line, all) -> across(line, "railfs", all.get(hot), "railfs"),
          0.5);
      demands.add(
          new Demand(
              "g/" + streams,
              "CPU-s/GB: railfs / railfs of (a)",
              (line, all) ->
                  all.containsKey(hot)
                      ? line.costs("railfs").median() / all.get(hot).costs("railfs").median()
                      : Double.NaN,
              2.2,
              true));
      demand("g/" + streams, "railfs", "alluxio", 4);
    }
  }

  /** Of two lines whose values are the better the larger; NaN where one is missing. */
  private static double across(Line line, String first, Line other, String second) {
    return other == null ? Double.NaN : line.values(first).median() / other.values(second).median();
  }

  private static double costRatio(Line line, Map<String, Line> all) {
    double limit = line.costs("N").median() + line.costs("memfs").median();
    return line.costs("railfs").median() / limit;
  }

  private void peers(String metric, Map<String, Double> wanted) {
    wanted.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> demand(metric, "railfs", entry.getKey(), entry.getValue()));
  }

  private void demand(String metric, String ours, String theirs, double wanted) {
    least(metric, ours + " / " + theirs, (line, all) -> line.ratio(ours, theirs), wanted);
  }

  private void least(String metric, String text, Quotient quotient, double wanted) {
    demands.add(new Demand(metric, text, quotient, wanted, false));
  }

  /** The table, from the lines by their ids. */
  String markdown(Map<String, Line> lines) {
    StringBuilder text = new StringBuilder();
    text.append("| work | ratio | wanted | measured | |\n| --- | --- | --- | --- | --- |\n");
    for (Demand demand : demands) {
      double ratio = demand.ratio(lines);
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %s | %s | %s |%n",
              demand.metric(),
              demand.text(),
              demand.bound(),
              Table.number(ratio),
              verdict(demand, ratio)));
    }
    return text.toString();
  }

  /** What was measured of the table, a line each, for the end of a run. */
  String text(Map<String, Line> lines) {
    StringBuilder text = new StringBuilder();
    for (Demand demand : demands) {
      double ratio = demand.ratio(lines);
      if (!Double.isNaN(ratio)) {
        text.append(
            String.format(
                Locale.ROOT,
                "%-28s %-34s %s, wanted %s: %s%n",
                demand.metric(),
                demand.text(),
                Table.number(ratio),
                demand.bound(),
                verdict(demand, ratio).replace("*", "")));
      }
    }
    return text.toString();
  }

  private static String verdict(Demand demand, double ratio) {
    if (Double.isNaN(ratio)) {
      return "not measured";
    }
    // As many digits as are shown.
    double shown = Math.round(ratio * 100) / 100.0;
    boolean reached = demand.atMost() ? shown <= demand.wanted() : shown >= demand.wanted();
    return reached ? "reached" : "**missed**";
  }
}
