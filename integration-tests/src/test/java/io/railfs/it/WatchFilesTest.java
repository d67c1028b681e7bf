// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.railfs.mount.MountMetric;
import io.railfs.telemetry.Metric;
import io.railfs.telemetry.ProcessMetric;
import io.railfs.worker.admin.WorkerMetric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The dashboard and the alerts speak of metrics that exist, and the alerts do what they say. */
final class WatchFilesTest {
  private static final Path DASHBOARD = MountEnvironment.HOME.resolve("deploy/grafana/railfs.json");
  private static final Path ALERTS =
      MountEnvironment.HOME.resolve("deploy/prometheus/railfs-alerts.yml");
  private static final Pattern NAME = Pattern.compile("\\brailfs_[a-z_]+");
  private static final Pattern SELECTOR = Pattern.compile("\\b(railfs_[a-z_]+)\\{([^}]*)}");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)\\s*[=!]");

  /** Names as they can stand in a query, and the tags that each has. */
  private static final class Declared {
    private final Set<String> names = new HashSet<>();
    private final Set<String> withTags = new HashSet<>();

    Declared() {
      Stream.of(MountMetric.values(), WorkerMetric.values(), ProcessMetric.values())
          .flatMap(Stream::of)
          .map(Metric::info)
          .forEach(this::add);
    }

    private void add(Metric.Info info) {
      List<String> shown =
          info.kind() == Metric.Kind.HISTOGRAM
              ? List.of(info.name() + "_bucket", info.name() + "_count", info.name() + "_sum")
              : List.of(info.name());
      for (String name : shown) {
        names.add(name);
        info.tags().forEach(tag -> withTags.add(name + " " + tag));
        // What Prometheus and histograms add.
        withTags.add(name + " instance");
        withTags.add(name + " le");
      }
    }
  }

  private static void check(String queries) {
    Declared declared = new Declared();
    Set<String> used = new TreeSet<>();
    Matcher names = NAME.matcher(queries);
    while (names.find()) {
      used.add(names.group());
    }
    assertThat(used).hasSizeGreaterThan(10);
    assertThat(declared.names).containsAll(used);
    Matcher selectors = SELECTOR.matcher(queries);
    while (selectors.find()) {
      Matcher labels = LABEL.matcher(selectors.group(2));
      while (labels.find()) {
        assertThat(declared.withTags)
            .as(selectors.group())
            .contains(selectors.group(1) + " " + labels.group(1));
      }
    }
  }

  @Test
  void theDashboardAsksForMetricsAndTagsThatExist() throws IOException {
    Config board = ConfigFactory.parseString(Files.readString(DASHBOARD));
    StringBuilder queries = new StringBuilder();
    int panels = 0;
    for (Config panel : board.getConfigList("panels")) {
      if (!panel.getString("type").equals("row")) {
        panels++;
        assertThat(panel.getConfigList("targets")).as(panel.getString("title")).isNotEmpty();
        panel
            .getConfigList("targets")
            .forEach(target -> queries.append(target.getString("expr")).append('\n'));
      }
    }
    assertThat(panels).isGreaterThan(20);
    check(queries.toString());
  }

  /** Prometheus' own parser, with the dashboard's variables filled in. */
  @Test
  void prometheusCanParseEveryQueryOfTheDashboard() throws IOException {
    StringBuilder rules = new StringBuilder("groups:\n- name: dashboard\n  rules:\n");
    int count = 0;
    Config board = ConfigFactory.parseString(Files.readString(DASHBOARD));
    for (Config panel : board.getConfigList("panels")) {
      if (panel.hasPath("targets")) {
        for (Config target : panel.getConfigList("targets")) {
          String query =
              target
                  .getString("expr")
                  .replace("$instance", ".*")
                  .replace("$__rate_interval", "1m")
                  .replace("'", "''");
          rules.append("  - {record: 'q%d', expr: '%s'}\n".formatted(count++, query));
        }
      }
    }
    Path file = Files.createTempFile("railfs-it", ".yml");
    try {
      Files.writeString(file, rules);
      assertThat(Shell.bash("promtool check rules \"$1\" 2>&1", file).ok().out())
          .contains("SUCCESS: " + count + " rules");
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void theAlertsAskForMetricsThatExistAndFireOnWhatTheyAreForAlone() throws IOException {
    check(Files.readString(ALERTS));
    assertThat(Shell.bash("promtool check rules \"$1\" 2>&1", ALERTS).ok().out())
        .contains("SUCCESS");
    Path cases =
        MountEnvironment.HOME.resolve("integration-tests/src/test/resources/alerts-test.yml");
    assertThat(Shell.bash("promtool test rules \"$1\" 2>&1", cases).ok().out()).contains("SUCCESS");
    String text = Files.readString(cases);
    Matcher alerts = Pattern.compile("alert: (\\w+)").matcher(Files.readString(ALERTS));
    while (alerts.find()) {
      assertThat(text).as("a case for it").contains("\"" + alerts.group(1) + "\"");
    }
  }
}
