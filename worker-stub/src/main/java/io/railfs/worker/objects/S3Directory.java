package io.railfs.worker.objects;

import io.railfs.worker.objects.ObjectException.Kind;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Listings of an S3 bucket, page by page. OpenDAL's Java interface only gives whole directories,
 * which for a million keys takes minutes and a gigabyte before the first name; so this one request
 * of S3, ListObjectsV2, is made here. Only with keys from the conf or the environment: other
 * credentials are known to OpenDAL alone. Thread-safe.
 */
final class S3Directory {
  private static final String PAGE = "1000";
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final int SERVER_ERROR = 500;
  private static final int TOO_MANY = 429;

  private final URI bucket;
  private final String root;
  private final Optional<S3Signature> signature;
  private final HttpClient http;

  private S3Directory(URI bucket, String root, Optional<S3Signature> signature) {
    this.bucket = bucket;
    this.root = root;
    this.signature = signature;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
  }

  /** Null where OpenDAL has to list. */
  static S3Directory of(StoreLocation location, Map<String, String> environment) {
    Options options = new Options(location.options(), environment);
    String region = options.of("region", "AWS_REGION", "AWS_DEFAULT_REGION");
    String key = options.of("access_key_id", "AWS_ACCESS_KEY_ID");
    String secret = options.of("secret_access_key", "AWS_SECRET_ACCESS_KEY");
    boolean anonymous = options.isTrue("allow_anonymous") && key.isEmpty();
    boolean signed = !key.isEmpty() && !secret.isEmpty() && !region.isEmpty();
    boolean special =
        !options.of("role_arn", "AWS_ROLE_ARN").isEmpty()
            || options.isTrue("disable_list_objects_v2")
            || options.isTrue("enable_request_payer")
            || region.equals("auto");
    if (!location.scheme().equals("s3") || special || !(anonymous || signed)) {
      return null;
    }
    String token = options.of("session_token", "AWS_SESSION_TOKEN");
    Optional<S3Signature> signature =
        anonymous ? Optional.empty() : Optional.of(new S3Signature(key, secret, token, region));
    String root = location.options().get("root").replaceAll("^/+", "");
    return new S3Directory(bucket(options, region), root, signature);
  }

  private static URI bucket(Options options, String region) {
    String endpoint = options.of("endpoint", "AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AWS_S3_ENDPOINT");
    if (endpoint.isEmpty()) {
      endpoint = "https://s3." + (region.isEmpty() ? "us-east-1" : region) + ".amazonaws.com";
    }
    String base =
        (endpoint.contains("://") ? endpoint : "https://" + endpoint).replaceAll("/+$", "");
    String name = options.of("bucket");
    return URI.create(
        options.isTrue("enable_virtual_host_style")
            ? base.replace("://", "://" + name + ".") + "/"
            : base + "/" + name);
  }

  /** Options of the conf, and the environment behind them. */
  private record Options(Map<String, String> conf, Map<String, String> environment) {
    String of(String option, String... variables) {
      String value = conf.getOrDefault(option, "");
      boolean mayLook = !"true".equals(conf.get("disable_config_load"));
      for (int i = 0; value.isEmpty() && mayLook && i < variables.length; i++) {
        value = environment.getOrDefault(variables[i], "");
      }
      return value;
    }

    boolean isTrue(String option) {
      return "true".equals(conf.get(option));
    }
  }

  /**
   * The pages of a directory.
   *
   * @param client whose limits and retries hold here too
   * @param prefix below the root; empty, or with a slash at its end
   */
  PageSource pages(StoreClient client, String prefix) {
    return new Pages(client, root + prefix);
  }

  private final class Pages implements PageSource {
    private final StoreClient client;
    private final String prefix;
    private String token = "";
    private boolean done;

    Pages(StoreClient client, String prefix) {
      this.client = client;
      this.prefix = prefix;
    }

    @Override
    public List<RawEntry> next(Deadline deadline) throws ObjectException {
      if (done) {
        return null;
      }
      for (int failures = 0; ; failures++) {
        try {
          S3Page page = ask(deadline);
          token = page.nextToken();
          done = token.isEmpty();
          return page.entries();
        } catch (ObjectException e) {
          client.pause(e, failures, deadline);
        }
      }
    }

    private S3Page ask(Deadline deadline) throws ObjectException {
      client.admit(0, deadline);
      try {
        long patience =
            Math.max(1, Math.min(client.limits().attemptTimeout(), deadline.remainingMillis()));
        Instant asked = Instant.now();
        HttpResponse<byte[]> response = send(patience);
        if (response.statusCode() != 200) {
          throw refusal(response, asked);
        }
        return S3Page.parse(response.body(), prefix);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ObjectException(Kind.PERMANENT, "the worker is stopping");
      } finally {
        client.leave();
      }
    }

    /** With a limit for the whole reply: a time-out of the request ends with its headers. */
    private HttpResponse<byte[]> send(long patience) throws ObjectException, InterruptedException {
      CompletableFuture<HttpResponse<byte[]>> reply =
          http.sendAsync(request(), HttpResponse.BodyHandlers.ofByteArray());
      try {
        return reply.get(patience, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        throw new ObjectException(Kind.TEMPORARY, "no answer within " + patience + " ms");
      } catch (ExecutionException e) {
        throw new ObjectException(Kind.TEMPORARY, "the listing failed: " + e.getCause());
      } finally {
        reply.cancel(true);
      }
    }

    private HttpRequest request() {
      TreeMap<String, String> query = new TreeMap<>();
      query.put("list-type", "2");
      query.put("delimiter", "/");
      query.put("encoding-type", "url");
      query.put("max-keys", PAGE);
      query.put("prefix", prefix);
      if (!token.isEmpty()) {
        query.put("continuation-token", token);
      }
      URI uri = URI.create(bucket + "?" + S3Signature.canonicalQuery(query));
      HttpRequest.Builder request = HttpRequest.newBuilder(uri).GET();
      signature.ifPresent(
          signing -> signing.headers(uri, query, Instant.now()).forEach(request::header));
      return request.build();
    }

    private ObjectException refusal(HttpResponse<byte[]> response, Instant asked) {
      String code = S3Page.errorCode(response.body());
      String reason = "it answers " + (code.isEmpty() ? "" + response.statusCode() : code);
      int status = response.statusCode();
      Kind kind =
          status == 403 || status == 401
              ? Kind.DENIED
              : code.equals("NoSuchBucket")
                  ? Kind.MISCONFIGURED
                  : status >= SERVER_ERROR || status == TOO_MANY ? Kind.TEMPORARY : Kind.PERMANENT;
      Optional<String> skew =
          kind == Kind.DENIED
              ? response.headers().firstValue("date").flatMap(d -> Skew.of(d, asked, Instant.now()))
              : Optional.empty();
      return skew.isPresent()
          ? new ObjectException(Kind.CLOCK, skew.get())
          : new ObjectException(kind, reason);
    }
  }
}
