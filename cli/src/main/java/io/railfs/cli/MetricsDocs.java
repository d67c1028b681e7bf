// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.railfs.mount.MountMetric;
import io.railfs.telemetry.Metric;
import io.railfs.telemetry.ProcessMetric;
import io.railfs.worker.admin.Admin;
import io.railfs.worker.admin.WorkerMetric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes docs/METRICS.md from the declarations of the metrics, and docs/openapi.json, which is what
 * a worker serves. A test holds them to what this would write.
 */
final class MetricsDocs {
  private MetricsDocs() {}

  /** The files: path inside the repository to content. */
  static Map<Path, String> files() {
    Map<Path, String> files = new LinkedHashMap<>();
    files.put(Path.of("docs", "METRICS.md"), page());
    files.put(Path.of("docs", "openapi.json"), Admin.description());
    return files;
  }

  /** Writes them below the directory. */
  static void write(Path directory) throws IOException {
    for (Map.Entry<Path, String> file : files().entrySet()) {
      Files.writeString(directory.resolve(file.getKey()), file.getValue(), UTF_8);
    }
  }

  private static String page() {
    return """
    # Metrics

    Written by `bin/railfs conf write-docs` from the declarations of the metrics.

    A worker serves its metrics at `http://HOST:30000/metrics` (`railfs.worker.web`); a mount at a port of its own on
    127.0.0.1, which `railfs status` shows (`railfs.mount.metrics`). They are read when Prometheus asks; between
    two scrapes they cost nothing. Histograms count by doublings from 4 microseconds to 69 seconds.
    docs/OPERATIONS.md says what to watch; `deploy/` has a dashboard and alerts.

    ## Mount

    %s
    ## Worker

    %s
    ## Process and network, of mounts and workers

    %s"""
        .formatted(
            table(MountMetric.values()),
            table(WorkerMetric.values()),
            table(ProcessMetric.values()));
  }

  private static String table(Metric[] metrics) {
    return List.of(metrics).stream()
        .map(metric -> row(metric.info()))
        .collect(
            Collectors.joining(
                "\n", "| metric | kind | tags | meaning |\n| --- | --- | --- | --- |\n", "\n"));
  }

  private static String row(Metric.Info info) {
    String tags =
        info.tags().stream().map(tag -> "`" + tag + "`").collect(Collectors.joining(", "));
    return "| `%s` | %s | %s | %s |"
        .formatted(info.name(), info.kind().name().toLowerCase(Locale.ROOT), tags, info.meaning());
  }
}
