// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.railfs.fabric.BindSettings;
import io.railfs.fabric.FabricException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HttpServerTest {
  private static final BindSettings LOOPBACK =
      new BindSettings("railfs.test.bind", List.of(), 0, "127.0.0.1");
  private static final int PATIENT = 30_000;

  @TempDir Path directory;
  private final HttpClient client = HttpClient.newHttpClient();
  private final CountDownLatch gate = new CountDownLatch(1);
  private HttpServer server;

  private void start(HttpGate access, long timeoutMillis) throws FabricException {
    server =
        HttpServer.start(
            "test",
            LOOPBACK,
            List.of(
                HttpRoute.get("/hello", r -> HttpResponse.json(200, "{\"n\":" + r.query() + "}")),
                HttpRoute.get("/slow", this::slow),
                HttpRoute.get("/defect", r -> HttpResponse.of(200, null, "")),
                new HttpRoute("POST", "/echo", r -> HttpResponse.of(200, "text/plain", r.body()))),
            access,
            timeoutMillis);
  }

  private HttpResponse slow(HttpRequest request) {
    try {
      return HttpResponse.json(gate.await(20, TimeUnit.SECONDS) ? 200 : 500, "{}");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return HttpResponse.json(500, "{}");
    }
  }

  @AfterEach
  void stop() {
    gate.countDown();
    server.close();
  }

  private java.net.http.HttpRequest.Builder request(String path) {
    return java.net.http.HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + server.port() + path))
        .timeout(Duration.ofSeconds(20));
  }

  private java.net.http.HttpResponse<String> send(java.net.http.HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void requestsGetTheirAnswers() throws Exception {
    start(HttpGate.OPEN, PATIENT);
    var hello = send(request("/hello?a=1&a=2"));
    assertThat(hello.statusCode()).isEqualTo(200);
    assertThat(hello.body()).isEqualTo("{\"n\":{a=2}}");
    assertThat(hello.headers().firstValue("content-security-policy")).isPresent();
    assertThat(hello.headers().firstValue("x-content-type-options")).contains("nosniff");
    var head = send(request("/hello").method("HEAD", BodyPublishers.noBody()));
    assertThat(head.headers().firstValue("content-length")).contains("8");
    assertThat(head.body()).isEmpty();
    assertThat(send(request("/echo").POST(BodyPublishers.ofString("text"))).body())
        .isEqualTo("text");
    assertThat(send(request("/none")).statusCode()).isEqualTo(404);
    var wrong = send(request("/echo"));
    assertThat(wrong.statusCode()).isEqualTo(405);
    assertThat(wrong.headers().firstValue("allow")).contains("POST");
    assertThat(send(request("/defect")).statusCode()).isEqualTo(500);
  }

  @Test
  void whatIsTooLargeOrNoHttpIsRefused() throws Exception {
    start(HttpGate.OPEN, PATIENT);
    assertThat(send(request("/" + "a".repeat(9_000))).statusCode()).isEqualTo(431);
    assertThat(send(request("/hello").header("x", "a".repeat(20_000))).statusCode()).isEqualTo(431);
    byte[] large = new byte[70_000];
    assertThat(send(request("/echo").POST(BodyPublishers.ofByteArray(large))).statusCode())
        .isEqualTo(413);
    assertThat(raw("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400");
    assertThat(raw("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n")).startsWith("HTTP/1.1 400");
    assertThat(send(request("/hello")).statusCode()).isEqualTo(200);
  }

  /** Sends bytes and reads to the end, which comes by the server's hand. */
  private String raw(String text) throws IOException {
    try (Socket socket = socket()) {
      socket.getOutputStream().write(text.getBytes(ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  private Socket socket() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** From another address of this machine: 127.0.0.N. */
  private Socket socketFrom(int number) throws IOException {
    InetAddress own = InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) number});
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port(), own, 0);
    socket.setSoTimeout(20_000);
    return socket;
  }

  @Test
  void connectionsThatAskNothingKeepNobodyOutAndOneAddressHasItsLimit() throws Exception {
    start(HttpGate.OPEN, PATIENT);
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 3 * HttpServer.MAX_CONNECTIONS; i++) {
        silent.add(socketFrom(2 + i / HttpServer.MAX_CONNECTIONS_OF_ADDRESS));
      }
      assertThat(send(request("/hello")).statusCode()).isEqualTo(200);
      assertThat(silent.get(0).getInputStream().read()).as("gave way").isEqualTo(-1);
      int first = silent.size();
      for (int i = 0; i < HttpServer.MAX_CONNECTIONS_OF_ADDRESS + 1; i++) {
        silent.add(socketFrom(99));
      }
      assertThat(silent.get(first).getInputStream().read())
          .as("gave way to another of its address")
          .isEqualTo(-1);
      assertThat(send(request("/hello")).statusCode()).isEqualTo(200);
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  @Test
  void whoTakesTooLongForARequestIsCutOff() throws Exception {
    start(HttpGate.OPEN, 300);
    assertThat(raw("")).isEmpty();
    assertThat(raw("GET /hello HTTP/1.1\r\nHost: a\r\n")).isEmpty();
    // On a busy machine a whole request may be too late as well.
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(raw("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"))
                    .as("kept alive, then cut off for it asks no more")
                    .startsWith("HTTP/1.1 200")
                    .endsWith("}"));
  }

  @Test
  void manyConnectionsAndSlowAnswersHaveALimit() throws Exception {
    start(HttpGate.OPEN, PATIENT);
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < HttpServer.MAX_CONNECTIONS; i++) {
        Socket socket = socketFrom(2 + i / HttpServer.MAX_CONNECTIONS_OF_ADDRESS);
        sockets.add(socket);
        socket
            .getOutputStream()
            .write("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(ISO_8859_1));
      }
      // Before that, one that has not asked would give way.
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> server.answering() == HttpServer.MAX_CONNECTIONS);
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> {
                try (Socket extra = socket();
                    InputStream in = extra.getInputStream()) {
                  assertThat(in.read()).as("closed at once").isEqualTo(-1);
                }
              });
      gate.countDown();
      for (Socket socket : sockets) {
        assertThat(socket.getInputStream().read()).isEqualTo('H');
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .until(() -> send(request("/hello")).statusCode() == 200);
  }

  @Test
  void onlyTheTokenOpens() throws Exception {
    Path file = directory.resolve("token");
    Files.writeString(file, "0123456789abcdef\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    start(TokenGate.of(file), PATIENT);
    var refused = send(request("/hello"));
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.headers().firstValue("www-authenticate")).contains("Bearer");
    for (String wrong :
        List.of("Bearer 0123456789abcdee", "Bearer", "0123456789abcdef", "Basic x")) {
      assertThat(send(request("/hello").header("Authorization", wrong)).statusCode())
          .as(wrong)
          .isEqualTo(401);
    }
    var open = send(request("/hello").header("Authorization", "Bearer 0123456789abcdef"));
    assertThat(open.statusCode()).isEqualTo(200);
  }

  @Test
  void aTokenFileThatOthersReadOrThatHoldsNoTokenIsRefused() throws Exception {
    start(HttpGate.OPEN, PATIENT);
    Path file = directory.resolve("token");
    assertThatThrownBy(() -> TokenGate.of(file)).hasMessageContaining(file.toString());
    Files.writeString(file, "0123456789abcdef\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> TokenGate.of(file)).hasMessageContaining("chmod 600");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
    TokenGate.of(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    for (String bad : List.of("", "short", "two words 0123456789", "x".repeat(2_000))) {
      Files.writeString(file, bad);
      assertThatThrownBy(() -> TokenGate.of(file)).as(bad).hasMessageContaining("urandom");
    }
  }

  @Test
  void aLocalServiceIsNotForWebPages() throws Exception {
    start(new LocalGate(), PATIENT);
    assertThat(send(request("/hello")).statusCode()).isEqualTo(200);
    assertThat(send(request("/hello").header("Origin", "http://evil.example")).statusCode())
        .isEqualTo(403);
    String end = "\r\nConnection: close\r\n\r\n";
    assertThat(raw("GET /hello HTTP/1.1\r\nHost: evil.example:80" + end)).contains(" 403 ");
    assertThat(raw("GET /hello HTTP/1.1\r\nHost: 127.0.0.1.evil.example" + end)).contains(" 403 ");
    assertThat(raw("GET /hello HTTP/1.1" + end)).contains(" 403 ");
    assertThat(raw("GET /hello HTTP/1.1\r\nHost: localhost:28080" + end)).contains(" 200 ");
    assertThat(raw("GET /hello HTTP/1.1\r\nHost: [::1]:28080" + end)).contains(" 200 ");
  }

  @Test
  void jsonIsAnObjectOfBoundedDepth() throws Exception {
    start(HttpGate.OPEN, PATIENT);
    assertThat(Json.object("{\"a.b\":[1]}").root().get("a.b")).isNotNull();
    assertThat(Json.object(" ").isEmpty()).isTrue();
    for (String bad : List.of("[1]", "{", "a=b", "[".repeat(40_000))) {
      assertThatThrownBy(() -> Json.object(bad))
          .isInstanceOfSatisfying(HttpException.class, e -> assertThat(e.status()).isEqualTo(400));
    }
  }
}
