// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.RailPath;
import io.railfs.telemetry.Durations;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of one UFS: what it was asked, what went wrong, and whether it is up. Requests
 * count here, with a few additions each and without a lock; {@link UfsWatch} says whether it is up,
 * by looks of its own, for a request fails for one file's sake too. Thread-safe.
 */
public final class UfsHealth {
  private static final Logger log = LoggerFactory.getLogger(UfsHealth.class);

  /** What a UFS is asked for. */
  public enum Operation {
    STAT,
    LIST,
    READ,
    XATTRS,
    SPACE;

    /** As metrics and JSON name it. */
    public String tag() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Whether it is up.
   *
   * @param since when it became so
   * @param problem why it is down, a sentence that names it; empty where it is up
   */
  public record Verdict(boolean up, Instant since, String problem) {}

  /**
   * What went wrong last.
   *
   * @param at when
   * @param phrase as "does not answer: connection refused"; empty where nothing did
   */
  public record LastError(Instant at, String phrase) {}

  /** Those for one operation. */
  private record Requests(Durations durations, LongAdder count, LongAdder nanos) {
    void add(long took) {
      durations.add(took);
      count.increment();
      nanos.add(took);
    }
  }

  private final RailPath at;
  private final String uri;

  /** Like the next, never changed once it is made. */
  private final Map<Operation, Requests> requests = new EnumMap<>(Operation.class);

  private final Map<Trouble, LongAdder> errors = new EnumMap<>(Trouble.class);
  private final LongAdder readBytes = new LongAdder();
  private final LongAdder throttled = new LongAdder();
  private final LongAdder inFlight = new LongAdder();

  /** On the clock of {@link System#nanoTime}. */
  private volatile long answeredNanos = System.nanoTime();

  /** When a request failed that may be of the UFS as a whole; equal to answered where none did. */
  private volatile long failedNanos = answeredNanos;

  private volatile LastError lastError = new LastError(Instant.EPOCH, "");

  /** Changed under the lock. */
  private volatile Verdict verdict = new Verdict(true, Instant.now(), "");

  /**
   * @param at its place in the namespace
   * @param uri without credentials
   */
  public UfsHealth(RailPath at, String uri) {
    this.at = requireNonNull(at, "at is null");
    this.uri = requireNonNull(uri, "uri is null");
    for (Operation operation : Operation.values()) {
      requests.put(operation, new Requests(new Durations(), new LongAdder(), new LongAdder()));
    }
    for (Trouble trouble : Trouble.values()) {
      errors.put(trouble, new LongAdder());
    }
  }

  /** A request begins; its end is reported with what this returns. */
  long began() {
    inFlight.increment();
    return System.nanoTime();
  }

  /** A request has ended, one way or the other. */
  void ended(Operation operation, long began) {
    requests.get(operation).add(System.nanoTime() - began);
    inFlight.decrement();
  }

  /** The UFS has answered a question about what it holds. */
  void answered() {
    answeredNanos = System.nanoTime();
  }

  void read(long bytes) {
    readBytes.add(bytes);
    answered();
  }

  /** A request has failed, for one file's sake perhaps. */
  void failed(UfsException e) {
    Trouble trouble = e.trouble().orElse(null);
    if (trouble == null) {
      answered();
      return;
    }
    errors.get(trouble).increment();
    switch (trouble) {
      case CHANGED -> answered();
      case LIMITED -> lastError = new LastError(Instant.now(), trouble.phrase(e.reason()));
      case DENIED, UNREACHABLE, TIMEOUT, THROTTLED, OTHER -> {
        lastError = new LastError(Instant.now(), trouble.phrase(e.reason()));
        failedNanos = System.nanoTime();
      }
    }
  }

  /** The store has answered that it wants fewer requests; the request may be tried again. */
  public void throttled() {
    throttled.increment();
  }

  /** It is as it should be. */
  public synchronized void up() {
    answered();
    if (!verdict.up()) {
      log.info("the UFS {} is well again; it was not since {}", uri, verdict.since());
      verdict = new Verdict(true, Instant.now(), "");
    }
  }

  /** It cannot be used as a whole, for this reason. */
  public void down(UfsException e) {
    down(e.trouble().orElse(Trouble.OTHER), e.reason().isEmpty() ? e.getMessage() : e.reason());
  }

  /** The same. */
  synchronized void down(Trouble trouble, String reason) {
    String phrase = trouble.phrase(reason);
    String problem = "the UFS " + uri + " " + phrase;
    lastError = new LastError(Instant.now(), phrase);
    if (verdict.up()) {
      log.warn("{}; requests fail until it does as it should, and it is looked at again", problem);
    }
    Instant since = verdict.up() ? Instant.now() : verdict.since();
    verdict = new Verdict(false, since, problem);
  }

  public RailPath at() {
    return at;
  }

  public String uri() {
    return uri;
  }

  public Verdict verdict() {
    return verdict;
  }

  public LastError lastError() {
    return lastError;
  }

  public Durations durations(Operation operation) {
    return requests.get(operation).durations();
  }

  public long requests(Operation operation) {
    return requests.get(operation).count().sum();
  }

  /** Time that the requests took in all. */
  public long nanos(Operation operation) {
    return requests.get(operation).nanos().sum();
  }

  /** How many requests ended with each kind of trouble. */
  public Map<Trouble, Long> errors() {
    Map<Trouble, Long> found = new EnumMap<>(Trouble.class);
    errors.forEach((trouble, count) -> found.put(trouble, count.sum()));
    return found;
  }

  public long readBytes() {
    return readBytes.sum();
  }

  /** Answers that said to slow down. */
  public long throttledAnswers() {
    return throttled.sum();
  }

  long answeredNanos() {
    return answeredNanos;
  }

  long failedNanos() {
    return failedNanos;
  }

  boolean isAsked() {
    return inFlight.sum() > 0;
  }
}
