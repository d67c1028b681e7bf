// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.admin.LogLevel;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The web page, metrics and administration of a running worker. */
final class AdminTest {
  private static final int FILE = 3 * TestSettings.BLOCK + 1000;

  @TempDir Path directory;
  private final HttpClient client = HttpClient.newHttpClient();
  private final TestLogLevel logLevel = new TestLogLevel();
  private Path ufs;
  private Worker worker;

  private static final class TestLogLevel implements LogLevel {
    private String level = "info";

    @Override
    public synchronized String get() {
      return level;
    }

    @Override
    public synchronized boolean set(String wanted) {
      boolean known = Set.of("info", "debug").contains(wanted);
      level = known ? wanted : level;
      return known;
    }
  }

  @BeforeEach
  void start() throws Exception {
    ufs = Files.createDirectories(directory.resolve("ufs"));
    Files.createDirectories(ufs.resolve("train/deep"));
    Files.write(ufs.resolve("train/a"), new byte[FILE]);
    Files.write(ufs.resolve("train/deep/b"), new byte[FILE]);
    Files.createFile(ufs.resolve("train/empty"));
    Files.write(ufs.resolve("other"), new byte[FILE]);
    worker = Worker.start(TestSettings.of(ufs, directory.resolve("store")), logLevel);
  }

  @AfterEach
  void stop() {
    worker.close();
  }

  private HttpRequest.Builder to(int port, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .timeout(Duration.ofSeconds(30));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(to(worker.restPort(), path));
  }

  private HttpResponse<String> send(String method, String path, String body) throws Exception {
    return send(
        to(worker.restPort(), path)
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(body)));
  }

  private static Config json(HttpResponse<String> response, int status) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    return ConfigFactory.parseString(response.body());
  }

  private Config job(long id) throws Exception {
    return json(get("/v1/jobs"), 200).getConfigList("jobs").stream()
        .filter(job -> job.getLong("id") == id)
        .findFirst()
        .orElseThrow();
  }

  private Config finished(HttpResponse<String> started) throws Exception {
    long id = json(started, 202).getLong("id");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> !Set.of("waiting", "running").contains(job(id).getString("state")));
    return job(id);
  }

  private String metrics() throws Exception {
    HttpResponse<String> response = send(to(worker.webPort(), "/metrics"));
    assertThat(response.headers().firstValue("content-type").orElse(""))
        .startsWith("text/plain; version=0.0.4");
    return response.body();
  }

  @Test
  void bodiesThatTheDescriptionDoesNotAllowAreRefusedAndChangeNothing() throws Exception {
    for (List<String> wrong :
        List.of(
            List.of("PUT", "/v1/drain", "{\"draining\": \"yes\"}", "'draining' is no boolean"),
            List.of("PUT", "/v1/drain", "{\"draining\": \"true\"}", "'draining' is no boolean"),
            List.of("PUT", "/v1/drain", "{\"draining\": 1}", "'draining' is no boolean"),
            List.of("PUT", "/v1/drain", "{\"draining\": null}", "'draining' is no boolean"),
            List.of("PUT", "/v1/drain", "{}", "needs 'draining'"),
            List.of("PUT", "/v1/drain", "", "needs 'draining'"),
            List.of("PUT", "/v1/drain", "{\"draining\": true, \"x\": 1}", "has 'x', but there"),
            List.of("POST", "/v1/load", "{\"path\": 3}", "'path' is no string"),
            List.of("POST", "/v1/load", "{\"path\": [\"/train\"]}", "'path' is no string"),
            List.of("POST", "/v1/load", "{\"path\": \"/train\", \"pin\": \"no\"}", "'pin' is no"),
            List.of("POST", "/v1/load", "{path", "line 1: "),
            List.of("POST", "/v1/free", "{\"path\": true}", "'path' is no string"),
            List.of("POST", "/v1/free", "{\"pin\": true}", "has 'pin', but there are only path"),
            List.of("PUT", "/v1/log-level", "{\"level\": 7}", "'level' is no string"),
            List.of("PUT", "/v1/log-level", "{\"level\": \"loud\"}", "none of error, warn"))) {
      assertThat(json(send(wrong.get(0), wrong.get(1), wrong.get(2)), 400).getString("error"))
          .as(wrong.toString())
          .contains(wrong.get(3));
    }
    assertThat(worker.status().getDraining()).isFalse();
    assertThat(json(get("/v1/jobs"), 200).getConfigList("jobs")).isEmpty();
  }

  @Test
  void measuringCountsNoErrorsAndRepliesOfRpcAreCounted() throws Exception {
    try (TestClient rpc = TestClient.connect(worker.rpcPort());
        TestClient data = TestClient.connect(worker.dataPort())) {
      for (int i = 0; i < 21; i++) {
        rpc.hello();
        data.hello();
      }
    }
    assertThat(metrics().lines().filter(line -> line.contains("kind=\"unknown_opcode\"")))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line).endsWith(" 0.0"));
    // A greeting reports identity, release and addresses.
    assertThat(counted("railfs_worker_rail_bytes_total", "service=\"rpc\"", "direction=\"out\""))
        .isGreaterThan(22 * 30);
    assertThat(worker.status().getSentBytes()).as("of content").isZero();
  }

  private double counted(String name, String... labels) throws Exception {
    return metrics()
        .lines()
        .filter(line -> line.startsWith(name) && List.of(labels).stream().allMatch(line::contains))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Test
  void aLoadFillsTheStoreAndAFreeEmptiesIt() throws Exception {
    Config load = finished(send("POST", "/v1/load", "{\"path\": \"/train\"}"));
    assertThat(load.getString("state")).isEqualTo("done");
    assertThat(load.getInt("files")).isEqualTo(3);
    assertThat(load.getInt("blocks")).isEqualTo(8);
    assertThat(load.getInt("done_blocks")).isEqualTo(8);
    assertThat(load.getLong("done_bytes")).isEqualTo(2L * FILE);
    assertThat(worker.status().getBlocks()).isEqualTo(8);

    Config blocks = json(get("/v1/blocks?path=/train/deep/b"), 200);
    assertThat(blocks.getInt("blocks")).isEqualTo(4);
    assertThat(blocks.getStringList("cached")).containsExactly("0-3");
    assertThat(json(get("/v1/blocks?path=/other"), 200).getStringList("cached")).isEmpty();

    Config free = finished(send("POST", "/v1/free", "{\"path\": \"/train/a\"}"));
    assertThat(free.getInt("done_blocks")).isEqualTo(4);
    assertThat(worker.status().getBlocks()).isEqualTo(4);
    assertThat(json(get("/v1/blocks?path=/train/a"), 200).getStringList("cached")).isEmpty();
  }

  @Test
  void pinnedBlocksAreToldAndStay() throws Exception {
    finished(send("POST", "/v1/load", "{\"path\": \"/other\", \"pin\": true}"));
    assertThat(json(get("/v1/blocks?path=/other"), 200).getStringList("pinned"))
        .containsExactly("0-3");
    Config free = finished(send("POST", "/v1/free", "{\"path\": \"/other\"}"));
    assertThat(free.getInt("done_blocks")).isZero();
    assertThat(worker.status().getBlocks()).isEqualTo(4);
  }

  @Test
  void aLoadThatFailsSaysWhyAndAnEndedJobStaysAsItIs() throws Exception {
    Files.delete(ufs.resolve("train/deep/b"));
    Files.createSymbolicLink(ufs.resolve("train/deep/b"), Path.of("../../other"));
    Config done = finished(send("POST", "/v1/load", "{\"path\": \"/train\"}"));
    assertThat(done.getString("state")).as("links are not followed").isEqualTo("done");
    assertThat(done.getInt("files")).isEqualTo(2);
    Config cancelled =
        json(send(to(worker.restPort(), "/v1/jobs?id=" + done.getLong("id")).DELETE()), 200);
    assertThat(cancelled.getString("state")).isEqualTo("done");
    assertThat(send(to(worker.restPort(), "/v1/jobs?id=77").DELETE()).statusCode()).isEqualTo(404);
    assertThat(send(to(worker.restPort(), "/v1/jobs?id=x").DELETE()).statusCode()).isEqualTo(404);
  }

  @Test
  void aDrainingWorkerServesWhatItHasAndSendsEverythingElseAway() throws Exception {
    finished(send("POST", "/v1/load", "{\"path\": \"/train/a\"}"));
    assertThat(json(send("PUT", "/v1/drain", "{\"draining\": true}"), 200).getBoolean("draining"))
        .isTrue();
    assertThat(json(get("/v1/status"), 200).getString("state")).isEqualTo("draining");
    assertThat(worker.status().getDraining()).isTrue();
    try (TestClient rpc = TestClient.connect(worker.rpcPort());
        TestClient data = TestClient.connect(worker.dataPort())) {
      FileVersion stored = rpc.stat("/train/a").version();
      assertThat(data.read("/train/a", stored, 0, 16 << 10).payload()).hasSize(16 << 10);
      FileVersion other = rpc.stat("/other").version();
      assertThat(data.read("/other", other, 0, 16 << 10).error().getCode())
          .isEqualTo(ErrorCode.BUSY);
      assertThat(send("POST", "/v1/load", "{\"path\": \"/other\"}").statusCode()).isEqualTo(409);
      assertThat(metrics())
          .contains("railfs_worker_draining 1.0")
          .contains("railfs_worker_errors_total{kind=\"busy\"} 1.0");
      json(send("PUT", "/v1/drain", "{\"draining\": false}"), 200);
      assertThat(data.read("/other", other, 0, 16 << 10).payload()).hasSize(16 << 10);
    }
  }

  @Test
  void theLogLevelIsShownAndChanged() throws Exception {
    assertThat(json(get("/v1/log-level"), 200).getString("level")).isEqualTo("info");
    json(send("PUT", "/v1/log-level", "{\"level\": \"debug\"}"), 200);
    assertThat(logLevel.get()).isEqualTo("debug");
    assertThat(send("PUT", "/v1/log-level", "{\"level\": \"loud\"}").statusCode()).isEqualTo(400);
  }

  @Test
  void badRequestsGetOneSentence() throws Exception {
    for (String body : List.of("{", "{}", "{\"path\": \"a/../..\"}", "[]", "{\"path\": {}}")) {
      assertThat(json(send("POST", "/v1/load", body), 400).getString("error"))
          .as(body)
          .isNotBlank();
    }
    assertThat(send("POST", "/v1/load", "{\"path\": \"/none\"}").statusCode()).isEqualTo(404);
    assertThat(get("/v1/blocks?path=/train").statusCode()).isEqualTo(422);
    assertThat(get("/v1/blocks").statusCode()).isEqualTo(400);
    HttpRequest.Builder form =
        to(worker.restPort(), "/v1/drain").PUT(BodyPublishers.ofString("{\"draining\": true}"));
    assertThat(send(form).statusCode()).as("as a form of a web page would").isEqualTo(415);
    assertThat(worker.status().getDraining()).isFalse();
  }

  @Test
  void everyRouteIsDescribedAndEverythingDescribedIsThere() throws Exception {
    Config description = json(get("/openapi.json"), 200);
    Set<String> described = new TreeSet<>();
    description
        .getObject("paths")
        .forEach(
            (path, methods) ->
                ((ConfigObject) methods)
                    .keySet()
                    .forEach(
                        method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path)));
    assertThat(described).isEqualTo(new TreeSet<>(worker.restRoutes()));
    Set<String> reported = json(get("/v1/status"), 200).root().keySet();
    assertThat(reported)
        .isEqualTo(description.getObject("components.schemas.Status.properties").keySet());
    finished(send("POST", "/v1/load", "{\"path\": \"/other\"}"));
    assertThat(json(get("/v1/jobs"), 200).getConfigList("jobs").get(0).root().keySet())
        .isEqualTo(description.getObject("components.schemas.Job.properties").keySet());
  }

  @Test
  void thePageLoadsNothingFromElsewhereAndTheWebChangesNothing() throws Exception {
    HttpResponse<String> page = send(to(worker.webPort(), "/"));
    assertThat(page.headers().firstValue("content-security-policy").orElse(""))
        .contains("default-src 'none'")
        .contains("connect-src 'self';");
    for (String path : List.of("/page.js", "/page.css", "/icon.svg", "/peers", "/status")) {
      assertThat(send(to(worker.webPort(), path)).statusCode()).as(path).isEqualTo(200);
    }
    assertThat(page.body()).doesNotContain("http://").doesNotContain("https://");
    assertThat(send(to(worker.webPort(), "/v1/drain")).statusCode()).isEqualTo(404);
    assertThat(send(to(worker.webPort(), "/status").DELETE()).statusCode()).isEqualTo(405);
  }

  @Test
  void blocksAndRailsAreCountedInTheMetrics() throws Exception {
    try (TestClient rpc = TestClient.connect(worker.rpcPort());
        TestClient data = TestClient.connect(worker.dataPort())) {
      FileVersion version = rpc.stat("/other").version();
      int reads = 0;
      // Until the block is stored a read is not a hit.
      do {
        data.read("/other", version, 0, 16 << 10);
        reads++;
      } while (reads < 1000
          && !metrics().contains("railfs_worker_store_reads_total{result=\"hit\"} 1.0"));
      int expected = reads;
      // A reader may be answered before its read, or the load it waited for, is counted.
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertCounted(metrics(), expected));
    }
  }

  /** So many reads of a chunk were served, all but the last one from the load of their block. */
  private static void assertCounted(String metrics, int reads) {
    assertThat(metrics.lines())
        .contains(
            "railfs_worker_rail_bytes_total{direction=\"out\",rail=\"\",service=\"data\"} "
                + reads * 16384.0,
            "railfs_worker_loads_total 1.0",
            "railfs_worker_block_duration_seconds_count{level=\"ufs\"} 1",
            "railfs_worker_connections 2.0",
            "railfs_worker_store_reads_total{result=\"miss\"} " + (reads - 1.0),
            "railfs_worker_store_reads_total{result=\"hit\"} 1.0")
        .anyMatch(
            line ->
                line.startsWith(
                        "railfs_worker_rail_bytes_total{direction=\"in\",rail=\"\",service=\"data\"} ")
                    && !line.endsWith(" 0.0"))
        .anyMatch(
            line -> line.startsWith("railfs_worker_directory_healthy{") && line.endsWith(" 1.0"));
  }

  @Test
  void administrationBeyondThisMachineNeedsAToken() throws Exception {
    String open = "railfs.worker.rest.bind.host = \"0.0.0.0\"\n";
    Path store = directory.resolve("store2");
    assertThatThrownBy(() -> TestSettings.with(ufs, store, open))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("railfs.worker.rest.token-file");
    String relative = "railfs.worker.rest.token-file = token";
    assertThatThrownBy(() -> TestSettings.with(ufs, store, relative))
        .hasMessageContaining("railfs.worker.rest.token-file")
        .hasMessageContaining("absolute");
    Path token = directory.resolve("token");
    String withToken = open + "railfs.worker.rest.token-file = \"" + token + "\"\n";
    assertThatThrownBy(() -> Worker.start(TestSettings.with(ufs, store, withToken)))
        .isInstanceOf(WorkerStartException.class)
        .hasMessageContaining(token.toString());
    Files.writeString(token, "a-token-of-enough-letters\n");
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    try (Worker other = Worker.start(TestSettings.with(ufs, store, withToken))) {
      assertThat(send(to(other.restPort(), "/v1/status")).statusCode()).isEqualTo(401);
      assertThat(
              send(to(other.restPort(), "/v1/status")
                      .header("Authorization", "Bearer a-token-of-enough-letters"))
                  .statusCode())
          .isEqualTo(200);
    }
  }

  private static final String TOKEN = "a-token-of-enough-letters";

  /** Each with what makes it succeed for whoever is let in. */
  private static final Map<String, String> BODIES =
      Map.of(
          "POST /v1/load", "{\"path\": \"/train\", \"pin\": true}",
          "POST /v1/free", "{\"path\": \"/train\"}",
          "PUT /v1/drain", "{\"draining\": true}",
          "PUT /v1/log-level", "{\"level\": \"debug\"}");

  private HttpResponse<String> ask(Worker other, String route, String authorization)
      throws Exception {
    String method = route.substring(0, route.indexOf(' '));
    String path = route.substring(route.indexOf(' ') + 1);
    String query =
        Map.of("/v1/blocks", "?path=/other", "DELETE/v1/jobs", "?id=1")
            .getOrDefault(path.equals("/v1/jobs") ? method + path : path, "");
    HttpRequest.Builder request =
        to(other.restPort(), path + query)
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(BODIES.getOrDefault(route, "")));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    return send(request);
  }

  private static Set<String> everyMethodOf(Worker other) {
    Set<String> all = new TreeSet<>();
    for (String route : other.restRoutes()) {
      for (String method : List.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")) {
        all.add(method + route.substring(route.indexOf(' ')));
      }
    }
    return all;
  }

  private void assertNothingChanged(Worker other) {
    assertThat(logLevel.get()).isEqualTo("info");
    assertThat(other.status().getDraining()).isFalse();
    assertThat(other.status().getBlocks()).isZero();
  }

  private Path token() throws Exception {
    Path token = Files.writeString(directory.resolve("token"), TOKEN + "\n");
    return Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void everyMethodOfEveryPathAsksForTheToken() throws Exception {
    String settings = "railfs.worker.rest.token-file = \"" + token() + "\"";
    try (Worker other =
        Worker.start(TestSettings.with(ufs, directory.resolve("s6"), settings), logLevel)) {
      List<String> wrong =
          List.of(
              "",
              "Bearer",
              "Bearer a-token-of-enough-letterz",
              "Bearer a-token-of-enough-letter",
              "Bearer a-token-of-enough-letters2",
              "Basic " + TOKEN,
              TOKEN);
      for (String route : everyMethodOf(other)) {
        for (String authorization : wrong) {
          HttpResponse<String> answer = ask(other, route, authorization);
          assertThat(answer.statusCode())
              .as(route + " with '" + authorization + "'")
              .isEqualTo(401);
          assertThat(answer.body()).as(route).doesNotContain("train").doesNotContain("blocks");
        }
      }
      String right = "Bearer " + TOKEN;
      assertThat(json(ask(other, "GET /v1/jobs", right), 200).getList("jobs")).isEmpty();
      assertNothingChanged(other);
      for (String route : other.restRoutes()) {
        assertThat(ask(other, route, right).statusCode()).as(route).isIn(200, 202, 404, 409);
      }
    }
  }

  @Test
  void withSecurityOnAndNoTokenTheAdministrationRefusesEverybody() throws Exception {
    Path secret = Files.writeString(directory.resolve("secret"), "a-secret-of-this-worker\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    String settings = "railfs.security.secret-file = \"" + secret + "\"\n";
    try (Worker other =
        Worker.start(TestSettings.with(ufs, directory.resolve("s7"), settings), logLevel)) {
      for (String route : everyMethodOf(other)) {
        HttpResponse<String> answer = ask(other, route, "Bearer " + TOKEN);
        assertThat(answer.statusCode()).as(route).isEqualTo(403);
        assertThat(answer.body()).as(route).doesNotContain("train");
      }
      assertThat(ask(other, "GET /v1/jobs", "").body()).contains("railfs.worker.rest.token-file");
      assertNothingChanged(other);
    }
    String withToken = settings + "railfs.worker.rest.token-file = \"" + token() + "\"";
    try (Worker other =
        Worker.start(TestSettings.with(ufs, directory.resolve("s8"), withToken), logLevel)) {
      String right = "Bearer " + TOKEN;
      assertThat(ask(other, "POST /v1/load", right).statusCode()).isEqualTo(202);
      assertThat(ask(other, "GET /v1/jobs", right).body()).contains("/train");
      assertThat(send(to(other.webPort(), "/status")).body())
          .as("what the page shows to all")
          .contains("(hidden)")
          .doesNotContain("train\"");
    }
  }

  @Test
  void servicesThatAreOffListenNowhere() throws Exception {
    String off = "railfs.worker { web.enabled = false, rest.enabled = false }";
    try (Worker other = Worker.start(TestSettings.with(ufs, directory.resolve("store3"), off))) {
      assertThat(other.webPort()).isZero();
      assertThat(other.restPort()).isZero();
    }
  }

  @Test
  void peersMayReadTheStatusAndOtherPagesMayNot() throws Exception {
    String peers = "railfs.worker.web.peers = [\"http://node2:30000\"]";
    try (Worker other = Worker.start(TestSettings.with(ufs, directory.resolve("store4"), peers))) {
      String allowed = "access-control-allow-origin";
      HttpRequest.Builder peer =
          to(other.webPort(), "/status").header("Origin", "http://node2:30000");
      assertThat(send(peer).headers().firstValue(allowed)).contains("http://node2:30000");
      HttpRequest.Builder evil =
          to(other.webPort(), "/status").header("Origin", "http://evil:30000");
      assertThat(send(evil).headers().firstValue(allowed)).isEmpty();
      assertThat(send(to(other.webPort(), "/")).headers().firstValue("content-security-policy"))
          .hasValueSatisfying(policy -> assertThat(policy).contains("'self' http://node2:30000;"));
    }
    for (String bad :
        List.of("node2:30000", "http://node2/x", "http://a; script-src *", "ftp://a")) {
      assertThatThrownBy(
              () ->
                  TestSettings.with(ufs, directory, "railfs.worker.web.peers = [\"" + bad + "\"]"))
          .as(bad)
          .hasMessageContaining("railfs.worker.web.peers");
    }
  }

  @Test
  void aPortThatIsTakenIsNamed() {
    for (String service : List.of("web", "rest")) {
      int taken = worker.dataPort();
      String settings = "railfs.worker." + service + ".bind.port = " + taken;
      assertThatThrownBy(
              () -> Worker.start(TestSettings.with(ufs, directory.resolve("store5"), settings)))
          .isInstanceOf(WorkerStartException.class)
          .hasMessageContaining("railfs.worker." + service + ".bind.port")
          .hasMessageContaining(String.valueOf(taken));
    }
  }
}
