// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import io.railfs.supervision.RunDirectory;
import io.railfs.supervision.RunRecord;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.MountProbe;
import io.railfs.supervision.system.User;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TimeZone;

/**
 * The RailFS mounts of this machine: what the kernel shows, joined with what their processes
 * report.
 *
 * @param lines one for each mount, in the order in which they were made
 */
record MountList(List<Line> lines) {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final int LENGTH = "yyyy-MM-dd HH:mm:ss".length();
  private static final String OK = "ok";
  private static final String NOT_PERMITTED = "not permitted";

  /**
   * One mount.
   *
   * @param mount as the kernel shows it
   * @param state "ok", "stale" (its process has gone), "silent" (it does not answer), "not
   *     permitted" (this user may not look, so nothing is known), "failed"
   * @param record of its process, where this user may see it
   */
  record Line(MountEntry mount, String state, Optional<RunRecord> record) {
    /** Whether it is known not to be well. */
    boolean isSick() {
      return !state.equals(OK) && !state.equals(NOT_PERMITTED);
    }

    private String user() {
      return mount.user().map(User::name).orElse("-");
    }

    Map<String, Object> toJson() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("source", mount.source());
      json.put("mountpoint", mount.mountpoint().toString());
      json.put("state", state);
      json.put("user", user());
      json.put("pid", record.map(r -> r.pid().number()).orElse(null));
      json.put("since", record.map(r -> r.started().toString()).orElse(null));
      json.put("log", record.map(RunRecord::log).orElse(null));
      json.put("conf", record.map(RunRecord::conf).orElse(null));
      return json;
    }

    List<String> toRow() {
      return List.of(
          mount.source(),
          mount.mountpoint().toString(),
          state,
          user(),
          record.map(r -> String.valueOf(r.pid().number())).orElse("-"),
          record.map(r -> local(r.started())).orElse("-"));
    }

    private static String local(Instant instant) {
      // A ZoneId would look for further time zones in every jar, and a formatter of a pattern load
      // the texts of a language. The text of a time has its seconds only where there is something
      // to say of them.
      Instant shown = instant.truncatedTo(ChronoUnit.SECONDS).plusMillis(1);
      int millis = TimeZone.getDefault().getOffset(shown.toEpochMilli());
      ZoneOffset offset = ZoneOffset.ofTotalSeconds(millis / 1000);
      String text = LocalDateTime.ofInstant(shown, offset).toString();
      return text.substring(0, LENGTH).replace('T', ' ');
    }
  }

  static MountList of(RunDirectory runs) throws CommandException, InterruptedException {
    return of(runs, MountInfo.read().railfs());
  }

  /** The list of these mounts. */
  static MountList of(RunDirectory runs, List<MountEntry> mounts)
      throws CommandException, InterruptedException {
    List<RunRecord> records = runs.running();
    List<Line> lines = new ArrayList<>();
    for (MountEntry mount : mounts) {
      Optional<RunRecord> record =
          records.stream().filter(r -> r.name().equals(mount.mountpoint().toString())).findFirst();
      lines.add(new Line(mount, state(mount), record));
    }
    return new MountList(lines);
  }

  private static String state(MountEntry mount) throws InterruptedException {
    return switch (MountProbe.process(mount.mountpoint(), TIMEOUT)) {
      case ALIVE -> OK;
      case DENIED -> NOT_PERMITTED;
      case STALE -> "stale";
      case SILENT -> "silent";
      case MISSING, FAILED -> "failed";
    };
  }

  void print(boolean json) {
    if (json) {
      JsonOutput.print(toJson());
    } else {
      TextTable table = new TextTable("SOURCE", "MOUNTPOINT", "STATE", "USER", "PID", "SINCE");
      lines.forEach(line -> table.add(line.toRow()));
      table.print();
    }
  }

  List<Map<String, Object>> toJson() {
    return lines.stream().map(Line::toJson).toList();
  }
}
