// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What operators see of a mount and a worker: metrics, the page, the administration. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ObservabilityTest {
  private static final Path PICTURES =
      MountEnvironment.HOME.resolve("integration-tests/target/pictures");

  @TempDir Path directory;
  private final HttpClient client = HttpClient.newHttpClient();
  private MountEnvironment playground;

  @BeforeAll
  void start() {
    playground =
        MountEnvironment.mounted(
            "railfs.client.data.transport = tcp",
            dataset -> {
              Files.createDirectory(dataset.resolve("train"));
              for (int i = 0; i < 8; i++) {
                Datasets.file(dataset.resolve("train/" + i), 9_000_000, i);
              }
            });
  }

  @AfterAll
  void stop() {
    playground.close();
  }

  private String get(String url) throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(30)).build(),
            BodyHandlers.ofString())
        .body();
  }

  private String web(String path) throws Exception {
    return get("http://127.0.0.1:" + playground.webPort + path);
  }

  private int admin(String method, String path, String body) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + playground.restPort + path);
    return client
        .send(
            HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString())
        .statusCode();
  }

  private static double value(String metrics, String series) {
    Matcher line = Pattern.compile("(?m)^" + Pattern.quote(series) + " (\\S+)$").matcher(metrics);
    assertThat(line.find()).as(series).isTrue();
    return Double.parseDouble(line.group(1));
  }

  @Test
  void prometheusAcceptsTheMetricsOfMountAndWorkerAndTheyCountWhatWasRead() throws Exception {
    Path file = playground.mountpoint.resolve("train/0");
    Shell.bash("cat \"$1\" > /dev/null; cat \"$1/none\" || true", file).ok();
    assertThat(Files.exists(playground.mountpoint.resolve("none"))).isFalse();

    String mount = get(playground.metricsUrl());
    assertThat(value(mount, "railfs_mount_read_bytes_total")).isGreaterThanOrEqualTo(9_000_000);
    assertThat(value(mount, "railfs_mount_operations_total{operation=\"open\"}")).isPositive();
    assertThat(value(mount, "railfs_mount_errors_total{kind=\"not_found\"}")).isPositive();
    assertThat(value(mount, "railfs_mount_errors_total{kind=\"deadline\"}")).isZero();
    assertThat(value(mount, "railfs_process_resident_bytes"))
        .isLessThan(value(mount, "railfs_process_memory_limit_bytes"));
    String rail =
        "railfs_mount_rail_bytes_total{direction=\"in\",rail=\"\",worker=\"127.0.0.1:%d\",worker_rail=\"\"}"
            .formatted(playground.rpcPort);
    assertThat(value(mount, rail)).isGreaterThanOrEqualTo(9_000_000);

    String worker = web("/metrics");
    assertThat(value(worker, "railfs_worker_loads_total")).isGreaterThanOrEqualTo(3);
    assertThat(
            value(
                worker,
                "railfs_worker_rail_bytes_total{direction=\"out\",rail=\"\",service=\"data\"}"))
        .isGreaterThanOrEqualTo(9_000_000);
    for (String metrics : new String[] {mount, worker}) {
      Path text = Files.writeString(directory.resolve("metrics"), metrics);
      Shell.Result lint = Shell.bash("promtool check metrics < \"$1\"", text).ok();
      assertThat(lint.out() + lint.err()).isEmpty();
    }
  }

  @Test
  void thePageShowsTheWorkerLiveInLightAndDarkAndOnSmallScreens() throws Exception {
    assertThat(admin("POST", "/v1/load", "{\"path\": \"/train\"}")).isEqualTo(202);
    try (Browser browser = Browser.start(directory.resolve("profile"))) {
      browser.look(1280, 860, "light");
      browser.go("http://127.0.0.1:" + playground.webPort + "/");
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(browser.text())
                      .contains("1 of 1")
                      .contains("serving")
                      .contains(playground.store.toString())
                      .contains("healthy")
                      .contains("load /train")
                      .contains("done"));
      String before = browser.run("return document.getElementById('updated').innerText");
      Shell.bash("cat \"$1\"/* > /dev/null", playground.mountpoint.resolve("train")).ok();
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () -> {
                assertThat(browser.run("return document.getElementById('updated').innerText"))
                    .isNotEqualTo(before);
                assertThat(
                        browser.run(
                            "return [...document.querySelectorAll('.rails tbody tr')]"
                                + ".find(row => row.cells[0].innerText === 'data').cells[4].innerText"))
                    .as("sent by the data service")
                    .contains("MiB");
              });
      pictures(browser);
      assertThat(admin("PUT", "/v1/drain", "{\"draining\": true}")).isEqualTo(200);
      await().atMost(Duration.ofSeconds(60)).until(() -> browser.text().contains("draining"));
      assertThat(admin("PUT", "/v1/drain", "{\"draining\": false}")).isEqualTo(200);
      assertThat(browser.complaints()).as("what the browser complained about").isEmpty();
    }
  }

  private static void pictures(Browser browser) throws Exception {
    String wide = "return String(document.documentElement.scrollWidth > window.innerWidth)";
    browser.screenshot(PICTURES.resolve("worker-light.png"));
    browser.look(1280, 860, "dark");
    browser.screenshot(PICTURES.resolve("worker-dark.png"));
    assertThat(browser.run("return getComputedStyle(document.body).backgroundColor"))
        .isEqualTo("rgb(18, 22, 28)");
    browser.look(390, 1500, "light");
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(browser.run(wide)).as("wider than it").isEqualTo("false"));
    browser.screenshot(PICTURES.resolve("worker-small.png"));
  }

  @Test
  void aDrainingWorkerIsShownByStatusAndStillServesWhatItHas() throws Exception {
    Shell.bash("cat \"$1\" > /dev/null", playground.mountpoint.resolve("train/1")).ok();
    assertThat(admin("PUT", "/v1/drain", "{\"draining\": true}")).isEqualTo(200);
    try {
      assertThat(playground.railfs("worker", "status").out()).contains("draining");
      assertThat(
              Shell.bash(
                      "cmp \"$1\" \"$2\"",
                      playground.dataset.resolve("train/1"),
                      playground.mountpoint.resolve("train/1"))
                  .exit())
          .isZero();
    } finally {
      assertThat(admin("PUT", "/v1/drain", "{\"draining\": false}")).isEqualTo(200);
    }
  }
}
