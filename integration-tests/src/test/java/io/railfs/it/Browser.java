// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A headless Chromium with a profile of its own, driven by chromedriver (W3C WebDriver). Closing it
 * ends both.
 */
final class Browser implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(90);

  private final HttpClient client = HttpClient.newHttpClient();
  private final Process driver;
  private final URI address;
  private String session = "";

  private Browser(Process driver, int port) {
    this.driver = driver;
    this.address = URI.create("http://127.0.0.1:" + port);
  }

  static Browser start(Path profile) throws Exception {
    int port = Ports.take();
    Process driver =
        new ProcessBuilder("chromedriver", "--port=" + port)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    Browser browser = new Browser(driver, port);
    try {
      browser.open(profile);
      return browser;
    } catch (Exception | Error e) {
      browser.close();
      throw e;
    }
  }

  private void open(Path profile) throws Exception {
    org.awaitility.Awaitility.await()
        .atMost(TIMEOUT)
        .ignoreExceptions()
        .until(() -> call("GET", "/status", Map.of()).getBoolean("value.ready"));
    List<String> flags = new ArrayList<>();
    for (String flag :
        List.of(
            "headless",
            "no-sandbox",
            "disable-gpu",
            "disable-quic",
            "no-first-run",
            "disable-background-networking",
            "disable-component-update",
            "disable-sync",
            "disable-dev-shm-usage")) {
      flags.add("--" + flag);
    }
    flags.add("--user-data-dir=" + profile);
    Map<String, Object> wanted =
        Map.of(
            "browserName", "chrome",
            "goog:chromeOptions", Map.of("args", flags),
            "goog:loggingPrefs", Map.of("browser", "ALL"));
    Config answer = call("POST", "/session", Map.of("capabilities", Map.of("alwaysMatch", wanted)));
    session = "/session/" + answer.getString("value.sessionId");
  }

  private Config call(String method, String path, Map<String, ?> body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(address.resolve(path)).timeout(TIMEOUT);
    if (method.equals("POST")) {
      String json = ConfigValueFactory.fromMap(body).render(ConfigRenderOptions.concise());
      request.method(method, BodyPublishers.ofString(json));
    } else {
      request.method(method, BodyPublishers.noBody());
    }
    HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException(method + " " + path + ": " + response.body());
    }
    return ConfigFactory.parseString(response.body());
  }

  void go(String url) throws Exception {
    call("POST", session + "/url", Map.of("url", url));
  }

  /** What a script returns, which must be a string. */
  String run(String script) throws Exception {
    return call("POST", session + "/execute/sync", Map.of("script", script, "args", List.of()))
        .getString("value");
  }

  /** The text of the page as a person sees it. */
  String text() throws Exception {
    return run("return document.body.innerText");
  }

  /**
   * Looks as on another screen.
   *
   * @param scheme light or dark
   */
  void look(int width, int height, String scheme) throws Exception {
    chromium(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    chromium(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  private void chromium(String command, Map<String, Object> parameters) throws Exception {
    call("POST", session + "/goog/cdp/execute", Map.of("cmd", command, "params", parameters));
  }

  /** Keeps what is to be seen, as PNG. */
  void screenshot(Path file) throws Exception {
    Files.createDirectories(file.getParent());
    String image = call("GET", session + "/screenshot", Map.of()).getString("value");
    Files.write(file, Base64.getDecoder().decode(image));
  }

  /** What the page and the browser complained about since the last question. */
  String complaints() throws Exception {
    Config log = call("POST", session + "/se/log", Map.of("type", "browser"));
    return log.getConfigList("value").stream()
        .map(entry -> entry.getString("message"))
        .reduce("", (all, one) -> all + one + "\n");
  }

  @Override
  public void close() {
    try {
      if (!session.isEmpty()) {
        call("DELETE", session, Map.of());
      }
    } catch (IOException e) {
      System.err.println("the browser did not end by itself: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    List<ProcessHandle> children = driver.descendants().toList();
    driver.destroy();
    try {
      if (!driver.waitFor(10, TimeUnit.SECONDS)) {
        driver.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    children.forEach(ProcessHandle::destroyForcibly);
  }
}
