// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.configuration.ConfDocs;
import io.railfs.mount.MountMetric;
import io.railfs.telemetry.Metric;
import io.railfs.telemetry.ProcessMetric;
import io.railfs.worker.admin.WorkerMetric;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class MetricsDocsTest {
  /** The directory of the module is where Maven runs its tests. */
  private static final Path REPOSITORY = Path.of("").toAbsolutePath().getParent();

  @Test
  void theCommittedFilesAreWhatTheDeclarationsGenerate() {
    MetricsDocs.files()
        .forEach(
            (file, content) ->
                assertThat(REPOSITORY.resolve(file))
                    .withFailMessage(
                        "%s is not what the code declares; run: %s", file, ConfDocs.COMMAND)
                    .hasContent(content));
  }

  @Test
  void metricsAreNamedOnceAsPrometheusWants() {
    assertThat(
            Stream.of(MountMetric.values(), WorkerMetric.values(), ProcessMetric.values())
                .flatMap(Stream::of)
                .map(Metric::info))
        .allSatisfy(
            info -> {
              assertThat(info.name()).matches("railfs(_[a-z]+)+");
              assertThat(info.meaning()).endsWith(".");
            })
        .extracting(Metric.Info::name)
        .doesNotHaveDuplicates();
  }
}
