// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.HumanReadable;
import io.railfs.client.TransportKind;
import io.railfs.diagnosis.bench.TransportBench;
import io.railfs.diagnosis.bench.WorkloadResult;
import io.railfs.supervision.system.CommandException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Transports on the command line: their names, and what was measured of each. */
final class TransportTable {
  private static final String ALL = "all";

  private TransportTable() {}

  /**
   * The transports of a name.
   *
   * @throws CommandException where there is none of it
   */
  static List<TransportKind> named(String option, String name) throws CommandException {
    List<TransportKind> named =
        Stream.of(TransportKind.values())
            .filter(kind -> name.equals(ALL) || kind.label().equals(name))
            .toList();
    if (named.isEmpty()) {
      throw CommandException.wrong(
          "%s '%s' is no transport; there are %s and all"
              .formatted(
                  option,
                  name,
                  Stream.of(TransportKind.values())
                      .map(TransportKind::label)
                      .collect(Collectors.joining(", "))));
    }
    return named;
  }

  static void print(List<TransportBench.Result> results) {
    TextTable table = new TextTable("WORKER", "TRANSPORT", "P50", "P99", "RATE");
    for (TransportBench.Result result : results) {
      table.add(
          List.of(
              result.worker().toString(),
              result.transport().label(),
              result
                  .small()
                  .map(WorkloadResult::medianNanos)
                  .map(HumanReadable::millis)
                  .orElse("-"),
              result.small().map(WorkloadResult::p99Nanos).map(HumanReadable::millis).orElse("-"),
              result
                  .large()
                  .map(WorkloadResult::bytesPerSecond)
                  .map(HumanReadable::rate)
                  .orElse("-")));
    }
    table.print();
    results.stream()
        .filter(result -> !result.problem().isEmpty())
        .forEach(
            result ->
                System.out.printf(
                    "%s, %s: %s%n", result.worker(), result.transport().label(), result.problem()));
  }

  static Map<String, Object> toJson(TransportBench.Result result) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("worker", result.worker().toString());
    json.put("transport", result.transport().label());
    json.put("problem", result.problem());
    result
        .small()
        .ifPresent(
            small -> {
              json.put("p50_nanos", small.medianNanos());
              json.put("p99_nanos", small.p99Nanos());
            });
    result
        .large()
        .ifPresent(
            large -> {
              json.put("bytes", large.bytes());
              json.put("nanos", large.nanos());
              json.put("bytes_per_second", (long) large.bytesPerSecond());
            });
    return json;
  }
}
