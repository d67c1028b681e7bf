// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.HumanReadable;
import io.railfs.client.bulk.Bulk;
import io.railfs.client.bulk.BulkFailure;
import io.railfs.client.bulk.BulkProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** How a walk over trees shows how far it is: a bar on a terminal, or a line of JSON a second. */
final class BulkDisplay {
  private static final int BAR = 24;

  private final Bulk bulk;
  private final boolean json;
  private final TerminalLine line = new TerminalLine();
  private final Set<String> reported = new HashSet<>();

  BulkDisplay(Bulk bulk, boolean json) {
    this.bulk = bulk;
    this.json = json;
  }

  long periodMillis() {
    return json ? 1_000 : 200;
  }

  void show() {
    tellWarnings();
    if (json) {
      JsonOutput.print(toJson(bulk.progress(), "running", List.of()));
    } else {
      line.show(text(bulk.progress()));
    }
  }

  void ended() {
    tellWarnings();
    if (json) {
      JsonOutput.print(toJson(bulk.progress(), "done", bulk.failures()));
    } else {
      line.clear();
    }
  }

  /**
   * The process ends.
   *
   * @param done whether the walk has ended by itself
   */
  void stopped(boolean done) {
    if (!done) {
      line.clear();
      System.err.println("railfs: stopped; started again, it goes on where it was");
    }
  }

  static String text(BulkProgress p) {
    double share = p.bytes() == 0 ? 0 : (double) p.bytesDone() / p.bytes();
    int filled = (int) Math.round(share * BAR);
    return String.format(
        Locale.US,
        "[%s%s] %3.0f %%  files %d/%d%s  %s of %s  %s/s  %s  errors %d",
        "#".repeat(filled),
        ".".repeat(BAR - filled),
        Math.floor(share * 100),
        p.filesDone(),
        p.files(),
        p.walking() ? "+" : "",
        HumanReadable.bytes(p.bytesDone()),
        HumanReadable.bytes(p.bytes()),
        HumanReadable.bytes((long) p.bytesPerSecond()),
        left(p.secondsLeft()),
        p.errors());
  }

  /** Each once, when it happens. */
  private synchronized void tellWarnings() {
    for (String warning : bulk.warnings()) {
      if (reported.add(warning)) {
        line.clear();
        System.err.println("railfs: " + warning);
      }
    }
  }

  private static String left(double seconds) {
    if (seconds < 0) {
      return "-:--";
    }
    Duration left = Duration.ofSeconds((long) Math.ceil(seconds));
    return left.toHours() > 0
        ? "%d:%02d:%02d left".formatted(left.toHours(), left.toMinutesPart(), left.toSecondsPart())
        : "%d:%02d left".formatted(left.toMinutes(), left.toSecondsPart());
  }

  static Map<String, Object> toJson(BulkProgress p, String state, List<BulkFailure> failures) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("state", state);
    json.put("walking", p.walking());
    json.put("files", p.files());
    json.put("files_done", p.filesDone());
    json.put("bytes", p.bytes());
    json.put("bytes_done", p.bytesDone());
    json.put("loaded_bytes", p.loadedBytes());
    json.put("present_bytes", p.presentBytes());
    json.put("unstored_bytes", p.unstoredBytes());
    json.put("errors", p.errors());
    json.put("seconds", p.seconds());
    json.put("bytes_per_second", (long) p.bytesPerSecond());
    json.put("seconds_left", p.secondsLeft() < 0 ? null : (Object) (long) p.secondsLeft());
    List<Map<String, Object>> list = new ArrayList<>();
    failures.forEach(f -> list.add(Map.of("path", f.path(), "problem", f.problem())));
    json.put("failures", list);
    return json;
  }
}
