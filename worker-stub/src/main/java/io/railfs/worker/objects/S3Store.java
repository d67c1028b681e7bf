// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import io.railfs.worker.objects.ObjectException.Kind;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsResponse;
import software.amazon.awssdk.services.s3.model.RequestPayer;

/** A bucket of S3 through the SDK of AWS (docs/adr/0019). */
final class S3Store implements ObjectStore {
  /** How much later than the deadline the SDK may tell that it is over. */
  private static final long GRACE_MILLIS = 250;

  private static final Pattern TOTAL = Pattern.compile("bytes (?:\\d+-\\d+|\\*)/(\\d+)");

  private final S3Options options;
  private final ObjectLimits limits;
  private final RequestGate gate;
  private final S3Errors errors;
  private final S3Client client;
  private final CustomerKey customer;

  /** Requests on their way, which end with the store. */
  private final Set<Flight<?>> flights = ConcurrentHashMap.newKeySet();

  /** Null where checksums are not asked for. */
  private final ChecksumMode checksums;

  private volatile boolean closed;

  /** A request to make with these limits of time. */
  interface Request<T> {
    CompletableFuture<T> on(
        S3AsyncClient client, Consumer<AwsRequestOverrideConfiguration.Builder> limits);
  }

  /** A request on its way, which holds a permit. */
  private record Flight<T>(S3Call call, CompletableFuture<T> future) {
    /** One is the same as itself only. */
    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /** A range on its way. */
  private record Range(RangeSink sink, Flight<Boolean> flight) {}

  /**
   * Fails with ObjectException where an option is wrong.
   *
   * @param timeoutMillis longest time of a call
   */
  S3Store(
      StoreLocation location,
      ObjectLimits limits,
      long timeoutMillis,
      Map<String, String> environment)
      throws ObjectException {
    this(location, limits, timeoutMillis, environment, () -> {});
  }

  /**
   * The same.
   *
   * @param throttled called for each answer that wants fewer requests
   */
  S3Store(
      StoreLocation location,
      ObjectLimits limits,
      long timeoutMillis,
      Map<String, String> environment,
      Runnable throttled)
      throws ObjectException {
    this.limits = limits;
    this.options = S3Options.of(location.options(), environment);
    this.customer = CustomerKey.of(options);
    this.checksums = options.checksChecksums() ? ChecksumMode.ENABLED : null;
    this.gate = new RequestGate(limits);
    this.errors = new S3Errors(location.options());
    S3Retries retries = new S3Retries(gate, new Silence(timeoutMillis), throttled);
    this.client = S3Client.open(options, limits, retries, environment);
  }

  String bucket() {
    return options.bucket();
  }

  /** Null where the owner of the bucket pays. */
  RequestPayer payer() {
    return options.is("enable_request_payer") ? RequestPayer.REQUESTER : null;
  }

  private String full(String key) {
    return options.root() + key;
  }

  /** Makes a request and waits for its answer. */
  <T> T call(Request<T> request, Deadline deadline) throws ObjectException {
    AwsCredentialsIdentity keys = client.keys();
    try {
      return once(request, deadline);
    } catch (ObjectException e) {
      if (e.kind() != Kind.DENIED || !client.replacedKeys(keys, deadline)) {
        throw explained(e);
      }
      return once(request, deadline);
    }
  }

  /** With the reason why there are no other keys, where it matters. */
  private ObjectException explained(ObjectException e) {
    String trouble = e.kind() == Kind.DENIED ? client.keyTrouble() : "";
    return trouble.isEmpty()
        ? e
        : new ObjectException(
            e.kind(),
            e.getMessage() + ", and there are no other credentials: " + errors.phrase(trouble));
  }

  private <T> T once(Request<T> request, Deadline deadline) throws ObjectException {
    gate.enter(0, deadline);
    return land(start(request, deadline));
  }

  /** Starts a request that has a permit. */
  private <T> Flight<T> start(Request<T> request, Deadline deadline) {
    S3Call call = new S3Call(deadline);
    Duration left = Duration.ofMillis(Math.max(1, deadline.remainingMillis()));
    Duration attempt = Duration.ofMillis(limits.attemptTimeout());
    CompletableFuture<T> future;
    S3Retries.starting(call);
    try {
      future =
          request.on(
              client.sdk(),
              override ->
                  override
                      .apiCallTimeout(left)
                      .apiCallAttemptTimeout(attempt.compareTo(left) < 0 ? attempt : left));
    } catch (RuntimeException | Error e) {
      future = CompletableFuture.failedFuture(e);
    } finally {
      S3Retries.started();
    }
    if (future.isCompletedExceptionally()
        && S3Errors.isInterrupted(future.handle((answer, failure) -> failure).join())) {
      // The SDK has cleared it, and whoever waits for another flight has to notice.
      Thread.currentThread().interrupt();
    }
    Flight<T> flight = new Flight<>(call, future);
    flights.add(flight);
    if (closed) {
      future.cancel(true);
    }
    return flight;
  }

  /** Waits for the end of a request and gives its permit back. Once only. */
  private <T> T land(Flight<T> flight) throws ObjectException {
    long timeout = flight.call().deadline().remainingMillis() + GRACE_MILLIS;
    try {
      return flight.future().get(timeout, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw errors.of(e, flight.call());
    } catch (InterruptedException e) {
      throw RequestGate.interrupted();
    } catch (CancellationException e) {
      throw stopping();
    } catch (ExecutionException e) {
      if (S3Errors.isInterrupted(e)) {
        throw RequestGate.interrupted();
      }
      throw closed ? stopping() : errors.of(e.getCause(), flight.call());
    } finally {
      cancel(flight);
    }
  }

  private static ObjectException stopping() {
    return new ObjectException(Kind.CANCELLED, "the worker is stopping");
  }

  private void cancel(Flight<?> flight) {
    flights.remove(flight);
    flight.future().cancel(true);
    gate.leave();
  }

  /** As listings are allowed by prefix, it asks for what is in the root. */
  @Override
  public void probe(Deadline deadline) throws ObjectException {
    firstKey(options.root(), deadline);
  }

  /** As {@link #call}, for a listing: where there is nothing, it is empty and never a 404. */
  <T> T list(Request<T> request, Deadline deadline) throws ObjectException {
    try {
      return call(request, deadline);
    } catch (ObjectException e) {
      if (e.kind() != Kind.NOT_FOUND) {
        throw e;
      }
      throw new ObjectException(
          Kind.MISCONFIGURED,
          e.getMessage() + " to a listing, as where the endpoint names the bucket already");
    }
  }

  /** The first key that begins so, or null. */
  private String firstKey(String prefix, Deadline deadline) throws ObjectException {
    ListObjectsResponse page =
        list(
            (sdk, time) ->
                sdk.listObjects(
                    request ->
                        request
                            .bucket(bucket())
                            .prefix(prefix)
                            .maxKeys(1)
                            .requestPayer(payer())
                            .overrideConfiguration(time)),
            deadline);
    return page.contents().isEmpty() ? null : page.contents().get(0).key();
  }

  @Override
  public Attributes stat(String key, Deadline deadline) throws ObjectException {
    try {
      return head(key, deadline);
    } catch (ObjectException e) {
      if (e.kind() == Kind.DENIED && isAbsent(key, deadline)) {
        throw new ObjectException(Kind.NOT_FOUND, e.getMessage());
      }
      if (e.kind() != Kind.UNEXPLAINED) {
        throw e;
      }
      // Keys that have ended, for one: the listing says so, and new ones are looked for.
      firstKey(full(key), deadline);
      return head(key, deadline);
    }
  }

  /**
   * Where a policy allows listings below a prefix only, S3 answers 403 to a HEAD of what is not
   * there. A listing of that name, if it is allowed, distinguishes the two.
   */
  private boolean isAbsent(String key, Deadline deadline) throws ObjectException {
    try {
      String first = firstKey(full(key), deadline);
      return first == null || !first.equals(full(key));
    } catch (ObjectException e) {
      if (e.kind() == Kind.DENIED) {
        return false;
      }
      throw e;
    }
  }

  private Attributes head(String key, Deadline deadline) throws ObjectException {
    HeadObjectResponse head =
        call(
            (sdk, time) ->
                sdk.headObject(
                    request ->
                        request
                            .bucket(bucket())
                            .key(full(key))
                            .requestPayer(payer())
                            .sseCustomerAlgorithm(customer.algorithm())
                            .sseCustomerKey(customer.key())
                            .sseCustomerKeyMD5(customer.md5())
                            .overrideConfiguration(time)),
            deadline);
    long size = head.contentLength() != null ? head.contentLength() : size(key, deadline);
    return ObjectAttributes.file(size, head.lastModified(), head.eTag());
  }

  /** Of an object whose HEAD does not tell it. */
  private long size(String key, Deadline deadline) throws ObjectException {
    Optional<Long> size;
    try {
      GetObjectResponse first =
          call(
              (sdk, time) ->
                  sdk.getObject(
                      request ->
                          request
                              .bucket(bucket())
                              .key(full(key))
                              .range("bytes=0-0")
                              .requestPayer(payer())
                              .sseCustomerAlgorithm(customer.algorithm())
                              .sseCustomerKey(customer.key())
                              .sseCustomerKeyMD5(customer.md5())
                              .overrideConfiguration(time),
                      new HeadersOnly()),
              deadline);
      size =
          first.contentRange() != null
              ? total(first.contentRange())
              : Optional.ofNullable(first.contentLength());
    } catch (ObjectException e) {
      if (e.kind() != Kind.OTHER_OBJECT) {
        throw e;
      }
      // Of an empty object there is no range.
      return 0;
    }
    return size.orElseThrow(
        () ->
            new ObjectException(
                Kind.PERMANENT,
                "its answer to HEAD has no Content-Length, and that to a ranged GET no"
                    + " Content-Range"));
  }

  private static Optional<Long> total(String range) {
    Matcher matcher = TOTAL.matcher(range);
    return matcher.matches() ? Optional.of(Long.parseLong(matcher.group(1))) : Optional.empty();
  }

  @Override
  public boolean isPrefix(String key, Deadline deadline) throws ObjectException {
    return firstKey(full(key) + "/", deadline) != null;
  }

  @Override
  public PageSource list(String prefix) {
    return new S3Listing(this, full(prefix), options.is("disable_list_objects_v2"));
  }

  @Override
  public boolean read(
      String key, FileVersion version, long offset, ByteBuffer target, Deadline deadline)
      throws ObjectException {
    AwsCredentialsIdentity keys = client.keys();
    int start = target.position();
    try {
      return ranges(key, version, offset, target, deadline);
    } catch (ObjectException e) {
      if (e.kind() != Kind.DENIED || !client.replacedKeys(keys, deadline)) {
        throw explained(e);
      }
      target.position(start);
      return ranges(key, version, offset, target, deadline);
    }
  }

  private boolean ranges(
      String key, FileVersion version, long offset, ByteBuffer target, Deadline deadline)
      throws ObjectException {
    Deque<Range> flying = new ArrayDeque<>();
    int base = target.position();
    int length = target.remaining();
    int started = 0;
    boolean proven = true;
    try {
      while (target.hasRemaining()) {
        while (started < length && flying.size() < limits.rangesPerBlock()) {
          int size = Math.min(limits.rangeSize(), length - started);
          if (flying.isEmpty()) {
            gate.enter(size, deadline);
          } else if (!gate.tryEnter(size, deadline)) {
            break;
          }
          RangeSink sink =
              new RangeSink(version, offset + started, part(target, base + started, size));
          flying.add(new Range(sink, start(get(key, version, sink), deadline)));
          started += size;
        }
        Range first = flying.peek();
        proven &= land(flying, first);
        target.position(target.position() + first.sink().length());
      }
      return proven;
    } finally {
      for (Range range : flying) {
        range.sink().close();
        cancel(range.flight());
      }
    }
  }

  private boolean land(Deque<Range> flying, Range first) throws ObjectException {
    flying.remove();
    try {
      return land(first.flight());
    } finally {
      first.sink().close();
    }
  }

  private static ByteBuffer part(ByteBuffer target, int from, int size) {
    return target.duplicate().limit(from + size).position(from);
  }

  private Request<Boolean> get(String key, FileVersion version, RangeSink sink) {
    String etag = version.etag();
    // A weak etag matches nothing.
    boolean strong = !etag.isEmpty() && !etag.startsWith("W/");
    return (sdk, time) ->
        sdk.getObject(
            request -> {
              request
                  .bucket(bucket())
                  .key(full(key))
                  .range(sink.range())
                  // The SDK asks for it by itself only where there is no range.
                  .checksumMode(checksums)
                  .requestPayer(payer())
                  .sseCustomerAlgorithm(customer.algorithm())
                  .sseCustomerKey(customer.key())
                  .sseCustomerKeyMD5(customer.md5())
                  .overrideConfiguration(time);
              if (strong) {
                request.ifMatch('"' + etag + '"');
              }
            },
            sink);
  }

  @Override
  public boolean takes(String name) {
    return true;
  }

  @Override
  public void close() {
    closed = true;
    for (Flight<?> flight : flights) {
      flight.future().cancel(true);
    }
    client.close();
  }
}
