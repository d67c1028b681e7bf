// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.HumanReadable;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.UfsRequests;
import io.railfs.protocol.messages.UfsState;
import io.railfs.worker.admin.UfsStateJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The UFS of workers and how they are. */
final class UfsStates {
  private UfsStates() {}

  /** What is not as it should be, a sentence each. */
  static List<String> problems(StatusReply status) {
    List<String> problems = new ArrayList<>();
    for (UfsState ufs : status.getUfsStatesList()) {
      if (!ufs.getUp()) {
        problems.add(ufs.getProblem() + " (for " + age(status, ufs.getSinceNanos()) + ")");
      }
    }
    return problems;
  }

  /** "1 of 2 UFS down"; empty where none is. */
  static String state(StatusReply status) {
    long down = status.getUfsStatesList().stream().filter(ufs -> !ufs.getUp()).count();
    return down == 0 ? "" : down + " of " + status.getUfsStatesCount() + " UFS down";
  }

  static List<Map<String, Object>> toJson(StatusReply status) {
    return status.getUfsStatesList().stream().map(UfsStateJson::of).toList();
  }

  /** A table of all of them; nothing where the workers do not report it. */
  static void print(List<WorkerList.Line> workers) {
    TextTable table =
        new TextTable(
            "WORKER",
            "AT",
            "UFS",
            "STATE",
            "REQUESTS",
            "TIME",
            "READ",
            "ERRORS",
            "THROTTLED",
            "LAST ERROR");
    for (WorkerList.Line line : workers) {
      line.reply()
          .ifPresent(
              status ->
                  status
                      .getUfsStatesList()
                      .forEach(ufs -> table.add(row(line.endpoint(), status, ufs))));
    }
    table.print();
  }

  private static List<String> row(String worker, StatusReply status, UfsState ufs) {
    long count = ufs.getRequestsList().stream().mapToLong(UfsRequests::getCount).sum();
    long micros = ufs.getRequestsList().stream().mapToLong(UfsRequests::getMicros).sum();
    return List.of(
        worker,
        ufs.getAt(),
        ufs.getUri(),
        (ufs.getUp() ? "up " : "down ") + age(status, ufs.getSinceNanos()),
        String.valueOf(count),
        count == 0 ? "-" : String.format(Locale.US, "%.1f ms", micros / 1e3 / count),
        HumanReadable.bytes(ufs.getReadBytes()),
        errors(ufs),
        String.valueOf(ufs.getThrottled()),
        ufs.getLastError().isEmpty()
            ? "-"
            : ufs.getLastError() + ", " + age(status, ufs.getLastErrorNanos()) + " ago");
  }

  private static String errors(UfsState ufs) {
    String kinds =
        ufs.getErrorsList().stream()
            .filter(each -> each.getCount() > 0)
            .map(each -> each.getCount() + " " + each.getKind())
            .collect(Collectors.joining(", "));
    return kinds.isEmpty() ? "0" : kinds;
  }

  /** How long ago it was for the worker, whose clock reported both. */
  private static String age(StatusReply status, long nanos) {
    Duration age = Duration.ofNanos(Math.max(0, status.getClockNanos() - nanos));
    if (age.toDays() > 0) {
      return age.toDays() + " d " + age.toHoursPart() + " h";
    }
    if (age.toHours() > 0) {
      return age.toHours() + " h " + age.toMinutesPart() + " min";
    }
    return age.toMinutes() > 0
        ? age.toMinutes() + " min " + age.toSecondsPart() + " s"
        : age.toSeconds() + " s";
  }
}
