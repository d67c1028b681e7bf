// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.railfs.protocol.RailPath;
import io.railfs.worker.ufs.UfsHealth;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiPredicate;

/**
 * What of S3 a reader needs, over a map of keys, whatever they are named; and the faults that a
 * real server does not make on demand.
 */
final class KeyServer implements AutoCloseable {
  static final ObjectLimits LIMITS = new ObjectLimits(5_000, 256 << 10, 4, 16, 0, 0);

  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.RFC_1123_DATE_TIME.withZone(ZoneOffset.UTC);

  /** An object; its etag is a function of its content. */
  private static final class Thing {
    private final byte[] content;
    private final Instant modified = Instant.now();

    Thing(byte[] content) {
      this.content = content;
    }

    byte[] content() {
      return content;
    }

    Instant modified() {
      return modified;
    }

    String etag() {
      return "\"" + Integer.toHexString(Arrays.hashCode(content)) + "-" + content.length + "\"";
    }
  }

  private final ConcurrentSkipListMap<String, Thing> things = new ConcurrentSkipListMap<>();

  /** "METHOD key" or "LIST prefix" of each request, in order. */
  final List<String> requests = new CopyOnWriteArrayList<>();

  /** The hosts in the request lines, as a proxy gets them. */
  final List<String> hosts = new CopyOnWriteArrayList<>();

  /** The session tokens that came with requests. */
  final List<String> tokens = new CopyOnWriteArrayList<>();

  /** Answers with this status for as many requests. */
  volatile int status = 500;

  final AtomicInteger failures = new AtomicInteger();

  /** The code in the body of such an answer; empty for one made of the status. */
  volatile String code = "";

  /** Requests that fail; those of other methods are answered. "LIST" is one too. */
  volatile String failing = "";

  /** Sent with status 200 in place of as many listings. */
  volatile String instead = "";

  final AtomicInteger insteadTimes = new AtomicInteger();

  /** Whether a HEAD says no length. */
  volatile boolean hidesLength;

  /** Whether objects have no etag. */
  volatile boolean hidesEtag;

  /** Whether a GET gives the whole object, whatever range was asked for. */
  volatile boolean ignoresRange;

  /** Bytes that are missing at the end of each range, about which it is honest. */
  volatile int shortBy;

  /** GETs whose bodies break off in the middle. */
  final AtomicInteger cuts = new AtomicInteger();

  /** Whether it says that there is more and gives no token, as servers of the first version. */
  volatile boolean hidesToken;

  /** Whether each page has the same token. */
  volatile boolean repeatsToken;

  /** The only key id that it takes; empty for any. */
  volatile String keyId = "";

  /** Whether it takes a key id with that session token, which is empty where none came. */
  volatile BiPredicate<String, String> takes = (id, token) -> true;

  /** A checksum that comes with so many GETs, whatever the bytes are; and what it says it is of. */
  volatile String checksum = "";

  final AtomicInteger checksums = new AtomicInteger();
  volatile String checksumType = "";

  /** The headers of each request, by names in lower case. */
  final List<Map<String, String>> headers = new CopyOnWriteArrayList<>();

  /** What may be listed; what is not there is 403 then, as with AWS. Null for everything. */
  volatile String listable;

  /** Whether 200 or 206 says that the content is longer than what follows. */
  volatile boolean lies;

  /** Whether bodies stop in the middle and go on when this is false. */
  volatile boolean stalls;

  volatile boolean hanging;
  volatile long delayMillis;
  final AtomicInteger busiest = new AtomicInteger();
  private final AtomicInteger busy = new AtomicInteger();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile boolean closed;

  private KeyServer(HttpServer server) {
    this.server = server;
    server.createContext("/dataset", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  static KeyServer start() throws IOException {
    return start(0);
  }

  static KeyServer start(int port) throws IOException {
    return over(
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0));
  }

  /** On this one, which is not started yet. */
  static KeyServer over(HttpServer server) {
    return new KeyServer(server);
  }

  int port() {
    return server.getAddress().getPort();
  }

  static StoreLocation location(int port) {
    return StoreLocation.of(
        "s3://dataset",
        Map.of(
            "endpoint",
            "http://127.0.0.1:" + port,
            "region",
            "us-east-1",
            "access_key_id",
            "railfs",
            "secret_access_key",
            S3Server.SECRET));
  }

  /** Where a UFS finds it; options given win. */
  StoreLocation location(Map<String, String> given) {
    Map<String, String> options = new HashMap<>(location(port()).options());
    options.remove("bucket");
    options.remove("root");
    options.putAll(given);
    return StoreLocation.of("s3://dataset", options);
  }

  /** What is known of a UFS that nobody watches. */
  static UfsHealth health() {
    return new UfsHealth(RailPath.ROOT, "s3://dataset");
  }

  ObjectUfs open(ObjectLimits limits, long timeoutMillis) throws Exception {
    ObjectUfs ufs = ObjectUfs.open(location(port()), limits, timeoutMillis, health());
    requests.clear();
    return ufs;
  }

  void put(String key, byte[] content) {
    things.put(key, new Thing(content));
  }

  long count(String beginning) {
    return requests.stream().filter(request -> request.startsWith(beginning)).count();
  }

  /** Requests that have come and are being held or delayed. */
  int held() {
    return busy.get();
  }

  private void handle(HttpExchange exchange) throws IOException {
    // Read before the request counts as held: the test may then change the delay of later ones.
    long delay = delayMillis;
    busiest.accumulateAndGet(busy.incrementAndGet(), Math::max);
    try (exchange) {
      try {
        while (hanging && !closed) {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(delay));
      } finally {
        // Before the answer, which lets the client send its next request.
        busy.decrementAndGet();
      }
      answer(exchange);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    if (exchange.getRequestURI().getHost() != null) {
      hosts.add(exchange.getRequestURI().getHost());
    }
    String key = exchange.getRequestURI().getPath().replaceFirst("^/dataset/?", "");
    String query = exchange.getRequestURI().getRawQuery();
    boolean list = query != null && query.contains("max-keys");
    Map<String, String> asked = list ? query(query) : Map.of();
    String kind = list ? "LIST" : exchange.getRequestMethod();
    requests.add(list ? "LIST " + asked.get("prefix") : exchange.getRequestMethod() + " " + key);
    String token = exchange.getRequestHeaders().getFirst("x-amz-security-token");
    if (token != null) {
      tokens.add(token);
    }
    Map<String, String> sent = new HashMap<>();
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> sent.put(name.toLowerCase(Locale.ROOT), values.get(0)));
    headers.add(sent);
    String signed = exchange.getRequestHeaders().getFirst("Authorization");
    boolean fails = failing.isEmpty() || failing.equals(kind);
    if (!keyId.isEmpty() && (signed == null || !signed.contains("Credential=" + keyId + "/"))) {
      refuse(exchange, 403, "InvalidAccessKeyId");
    } else if (!takes.test(id(signed), token == null ? "" : token)) {
      refuse(exchange, 400, "ExpiredToken");
    } else if (fails && failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      refuse(exchange, status, code.isEmpty() ? "Made" + status : code);
    } else if (list && insteadTimes.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      send(exchange, 200, instead.getBytes(UTF_8));
    } else if (list && listable != null && !asked.get("prefix").startsWith(listable)) {
      refuse(exchange, 403, "AccessDenied");
    } else if (list) {
      send(exchange, 200, page(asked).getBytes(UTF_8));
    } else {
      object(exchange, things.get(key));
    }
  }

  /** The key id of a signature; empty without one. */
  private static String id(String signed) {
    return signed == null || !signed.contains("Credential=")
        ? ""
        : signed.replaceFirst(".*Credential=", "").replaceFirst("/.*", "");
  }

  private static void refuse(HttpExchange exchange, int status, String code) throws IOException {
    byte[] body = ("<Error><Code>" + code + "</Code></Error>").getBytes(UTF_8);
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : body.length);
    if (!head) {
      exchange.getResponseBody().write(body);
    }
  }

  private void object(HttpExchange exchange, Thing thing) throws IOException {
    if (thing == null) {
      refuse(
          exchange, listable == null ? 404 : 403, listable == null ? "NoSuchKey" : "AccessDenied");
      return;
    }
    if (!hidesEtag) {
      exchange.getResponseHeaders().set("ETag", thing.etag());
    }
    String condition = exchange.getRequestHeaders().getFirst("If-Match");
    if (condition != null && !hidesEtag && !condition.equals(thing.etag())) {
      refuse(exchange, 412, "PreconditionFailed");
      return;
    }
    exchange.getResponseHeaders().set("Last-Modified", HTTP_DATE.format(thing.modified()));
    if (exchange.getRequestMethod().equals("HEAD")) {
      if (!hidesLength) {
        exchange.getResponseHeaders().set("Content-Length", "" + thing.content().length);
      }
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    String[] range =
        exchange.getRequestHeaders().getFirst("Range").replace("bytes=", "").split("-", -1);
    int from = Integer.parseInt(range[0]);
    int to = Math.min(Integer.parseInt(range[1]) + 1, thing.content().length);
    if (from >= to) {
      send(exchange, 416, "<Error><Code>InvalidRange</Code></Error>".getBytes(UTF_8));
      return;
    }
    if (ignoresRange) {
      send(exchange, 200, thing.content());
      return;
    }
    byte[] body = Arrays.copyOfRange(thing.content(), from, Math.max(from, to - shortBy));
    exchange
        .getResponseHeaders()
        .set(
            "Content-Range",
            "bytes " + from + "-" + (from + body.length - 1) + "/" + thing.content().length);
    if (checksums.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      exchange.getResponseHeaders().set("x-amz-checksum-crc32", checksum);
      if (!checksumType.isEmpty()) {
        exchange.getResponseHeaders().set("x-amz-checksum-type", checksumType);
      }
    }
    if (cuts.getAndUpdate(left -> Math.max(0, left - 1)) > 0 || lies) {
      exchange.sendResponseHeaders(206, lies ? body.length + 1 : body.length);
      exchange.getResponseBody().write(body, 0, lies ? body.length : body.length / 2);
      exchange.getResponseBody().flush();
      // With less than it has announced the server ends the connection.
      return;
    }
    if (stalls) {
      exchange.sendResponseHeaders(206, body.length);
      exchange.getResponseBody().write(body, 0, body.length / 2);
      exchange.getResponseBody().flush();
      while (stalls && !closed) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
      exchange.getResponseBody().write(body, body.length / 2, body.length - body.length / 2);
      return;
    }
    send(exchange, 206, body);
  }

  private static void send(HttpExchange exchange, int code, byte[] body) throws IOException {
    exchange.sendResponseHeaders(code, body.length);
    exchange.getResponseBody().write(body);
  }

  private static Map<String, String> query(String raw) {
    Map<String, String> values = new HashMap<>();
    for (String part : raw.split("&", -1)) {
      String[] both = part.split("=", 2);
      values.put(both[0], both.length < 2 ? "" : URLDecoder.decode(both[1], UTF_8));
    }
    return values;
  }

  /** Keys and prefixes after the token, 1,000 at most. */
  private String page(Map<String, String> asked) {
    String prefix = asked.getOrDefault("prefix", "");
    boolean flat = asked.getOrDefault("delimiter", "").isEmpty();
    int most = Math.min(1_000, Integer.parseInt(asked.getOrDefault("max-keys", "1000")));
    StringBuilder out = new StringBuilder("<ListBucketResult><EncodingType>url</EncodingType>");
    boolean tokens = asked.containsKey("list-type") && !hidesToken;
    String after = asked.getOrDefault(tokens ? "continuation-token" : "marker", "");
    String key = after.isEmpty() ? things.ceilingKey(prefix) : things.higherKey(after);
    if (after.endsWith("/")) {
      // A marker that is a prefix stands for all below it.
      key = things.higherKey(after + "\uffff");
    }
    int entries = 0;
    String last = "";
    while (key != null && key.startsWith(prefix) && entries < most) {
      int slash = flat ? -1 : key.indexOf('/', prefix.length());
      if (slash >= 0) {
        last = key.substring(0, slash) + "/\uffff";
        out.append("<CommonPrefixes><Prefix>").append(url(key.substring(0, slash + 1)));
        out.append("</Prefix></CommonPrefixes>");
      } else {
        last = key;
        Thing thing = things.get(key);
        out.append("<Contents><Key>").append(url(key)).append("</Key><LastModified>");
        out.append(thing.modified()).append("</LastModified><ETag>");
        out.append(thing.etag().replace("\"", "&quot;")).append("</ETag><Size>");
        out.append(thing.content().length).append("</Size></Contents>");
      }
      entries++;
      key = things.higherKey(last);
    }
    boolean more = key != null && key.startsWith(prefix);
    out.append("<IsTruncated>").append(more).append("</IsTruncated>");
    if (more && tokens) {
      out.append("<NextContinuationToken>");
      out.append(repeatsToken ? "again" : last).append("</NextContinuationToken>");
    }
    return out.append("</ListBucketResult>").toString();
  }

  private static String url(String key) {
    return URLEncoder.encode(key, UTF_8);
  }

  @Override
  public void close() {
    closed = true;
    InetSocketAddress address = server.getAddress();
    server.stop(0);
    threads.shutdownNow();
    // Its selector may have the socket for a moment more, and what connects then hangs.
    await().atMost(Duration.ofSeconds(20)).until(() -> isRefused(address));
  }

  private static boolean isRefused(InetSocketAddress address) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(address, 1_000);
      return false;
    } catch (ConnectException e) {
      return true;
    } catch (SocketTimeoutException e) {
      // It still has the socket, and accepts nothing.
      return false;
    }
  }
}
