// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who gives keys for a while: the token service, the endpoint of a container, that of an instance,
 * and the portal of single sign-on, each in its own words. It knows which of its keys are good.
 */
final class KeyPlaces implements AutoCloseable {
  /** What the caller of a container's endpoint has to show. */
  static final String CONTAINER_TOKEN = "let-me-in";

  /** What a workload shows to the token service. */
  static final String WEB_TOKEN = "signed.by.the-cluster";

  private static final String INSTANCE_TOKEN = "for-this-instance";
  private static final String INSTANCE = "/latest/meta-data/iam/security-credentials";

  /** How long the next keys are good. */
  volatile Duration life = Duration.ofHours(1);

  /** Answers with this status, if it is not 0. */
  volatile int status;

  /** The token of the sign-on that the portal takes. */
  volatile String signOn = "signed-on";

  /** Each that was asked, as "KIND what". */
  final List<String> asked = new CopyOnWriteArrayList<>();

  private final Map<String, Instant> ends = new ConcurrentHashMap<>();
  private final AtomicInteger count = new AtomicInteger();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  private KeyPlaces(HttpServer server) {
    this.server = server;
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  static KeyPlaces start() throws IOException {
    return new KeyPlaces(
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Keys of one kind that are good for a while from now. */
  record Keys(String id, String secret, String token, Instant end) {}

  Keys keys(String kind) {
    String id = "ASIA" + kind + count.incrementAndGet();
    Instant end = Instant.now().plus(life).truncatedTo(ChronoUnit.SECONDS);
    ends.put(id, end);
    return new Keys(id, "secret-of-" + id, "token-of-" + id, end);
  }

  /** Whether these belong together, were given by it and have not ended. */
  boolean isGood(String id, String token) {
    return token.equals("token-of-" + id)
        && ends.containsKey(id)
        && Instant.now().isBefore(ends.get(id));
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
      if (status != 0) {
        asked.add("refused " + path);
        send(
            exchange,
            status,
            "<ErrorResponse><Error><Code>Made" + status + "</Code></Error></ErrorResponse>");
      } else if (path.equals("/")) {
        tokenService(exchange, body);
      } else if (path.equals("/container")) {
        container(exchange);
      } else if (path.equals("/federation/credentials")) {
        portal(exchange);
      } else {
        instance(exchange, path);
      }
    }
  }

  private void tokenService(HttpExchange exchange, String body) throws IOException {
    boolean web = body.contains("Action=AssumeRoleWithWebIdentity");
    String action = web ? "AssumeRoleWithWebIdentity" : "AssumeRole";
    String signed = exchange.getRequestHeaders().getFirst("Authorization");
    boolean known =
        web
            ? body.contains("WebIdentityToken=" + WEB_TOKEN)
            : signed != null && signed.contains("Credential=AKIDBASE/");
    asked.add("sts " + action + " " + body);
    if (!known) {
      send(
          exchange, 403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>");
      return;
    }
    Keys keys = keys(web ? "WEB" : "ROLE");
    send(
        exchange,
        200,
        """
        <%sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%sResult><Credentials>
        <AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey>
        <SessionToken>%s</SessionToken><Expiration>%s</Expiration></Credentials>
        <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn>
        <AssumedRoleId>AROA:s</AssumedRoleId></AssumedRoleUser></%sResult></%sResponse>
        """
            .formatted(
                action,
                action,
                keys.id(),
                keys.secret(),
                keys.token(),
                keys.end(),
                action,
                action));
  }

  private void container(HttpExchange exchange) throws IOException {
    asked.add("container");
    if (!CONTAINER_TOKEN.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      send(exchange, 401, "{}");
      return;
    }
    send(exchange, 200, json(keys("BOX")));
  }

  private void instance(HttpExchange exchange, String path) throws IOException {
    asked.add("instance " + path);
    String token = exchange.getRequestHeaders().getFirst("x-aws-ec2-metadata-token");
    if (exchange.getRequestMethod().equals("PUT") && path.equals("/latest/api/token")) {
      exchange.getResponseHeaders().set("x-aws-ec2-metadata-token-ttl-seconds", "21600");
      send(exchange, 200, INSTANCE_TOKEN);
    } else if (!INSTANCE_TOKEN.equals(token)) {
      send(exchange, 401, "");
    } else if (path.equals(INSTANCE) || path.equals(INSTANCE + "/")) {
      send(exchange, 200, "the-role");
    } else if (path.equals(INSTANCE + "/the-role")) {
      send(exchange, 200, json(keys("NODE")));
    } else {
      send(exchange, 404, "");
    }
  }

  private static String json(Keys keys) {
    return """
    {"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z",
     "AccessKeyId": "%s", "SecretAccessKey": "%s", "Token": "%s", "Expiration": "%s"}
    """
        .formatted(keys.id(), keys.secret(), keys.token(), keys.end());
  }

  private void portal(HttpExchange exchange) throws IOException {
    asked.add("portal " + exchange.getRequestURI().getQuery());
    if (!signOn.equals(exchange.getRequestHeaders().getFirst("x-amz-sso_bearer_token"))) {
      exchange.getResponseHeaders().set("x-amzn-ErrorType", "UnauthorizedException");
      send(exchange, 401, "{\"message\": \"Session token not found or invalid\"}");
      return;
    }
    Keys keys = keys("SIGN");
    send(
        exchange,
        200,
        """
        {"roleCredentials": {"accessKeyId": "%s", "secretAccessKey": "%s",
         "sessionToken": "%s", "expiration": %d}}
        """
            .formatted(keys.id(), keys.secret(), keys.token(), keys.end().toEpochMilli()));
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
