// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.fetch;

import static java.util.Objects.requireNonNull;

import io.railfs.base.Backoff;
import io.railfs.client.ClusterException;
import io.railfs.client.ClusterException.Failure;
import io.railfs.client.net.AttemptException;
import java.time.Duration;

/**
 * What follows a failed attempt: the one retry path of reads and of metadata. Confined to the
 * thread that runs the request.
 *
 * <p>A failed attempt moves on to the next worker in placement order, at once as long as that
 * worker has not been tried, later with growing waits. A lost connection and a bad checksum are
 * first tried again at the same worker, which may have another connection, or a good copy in its
 * UFS. Answers that another attempt cannot change end the request.
 */
public final class RetryPlan {
  /** Between attempts of one request: short, since its reader waits. */
  private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(10), Duration.ofMillis(500));

  /** How often a request that the UFS failed is tried again. */
  private static final int UFS_RETRIES = 4;

  /** How many workers are tried one at once after the other: one that all refuse is no hurry. */
  private static final int MAX_AT_ONCE = 8;

  private final Object subject;
  private final long deadlineNanos;
  private int attempts;
  private int position;
  private boolean stayed;
  private int waits;
  private int ufsFailures;
  private long delayNanos;
  private AttemptException last;

  /** The last answer that says what is wrong with the UFS. */
  private AttemptException ufsFailure;

  /**
   * @param subject what is asked for, as {@link #toString} says it to a person
   */
  RetryPlan(Object subject, long deadlineNanos) {
    this.subject = requireNonNull(subject, "subject is null");
    this.deadlineNanos = deadlineNanos;
  }

  /** Where in the placement order the next attempt starts to look for a worker. */
  int position() {
    return position;
  }

  /** Whether the next attempt goes to the same worker, where that can be asked. */
  boolean stays() {
    return stayed;
  }

  /** The wait before the next attempt, which never goes past the deadline; 0 for none. */
  long delayNanos() {
    return delayNanos;
  }

  /**
   * Takes note of a failed attempt.
   *
   * @param workers how many there are
   * @return why the request failed for good, or null where it is to be tried again
   */
  ClusterException failed(AttemptException cause, int workers) {
    attempts++;
    ufsFailure = cause.isOfUfs() ? cause : ufsFailure;
    long left = deadlineNanos - System.nanoTime();
    if (left <= 0) {
      boolean ownTime = cause.kind() == AttemptException.Kind.TIMED_OUT && last != null;
      return deadline(ownTime ? last : cause);
    }
    last = cause;
    Failure failure = finalFailure(cause);
    if (failure != null) {
      return new ClusterException(failure, subject + " failed: " + cause.getMessage(), cause);
    }
    boolean stay =
        !stayed
            && (cause.kind() == AttemptException.Kind.CONNECTION_LOST
                || cause.kind() == AttemptException.Kind.BAD_CHECKSUM);
    stayed = stay;
    position += stay ? 0 : 1;
    boolean fresh =
        position < Math.min(workers, MAX_AT_ONCE)
            && cause.kind() != AttemptException.Kind.NO_CONNECTION;
    delayNanos = fresh ? 0 : Math.min(left, BACKOFF.delayNanos(waits++));
    return null;
  }

  /** The end of a request whose deadline passed between attempts. */
  ClusterException deadline() {
    return deadline(last);
  }

  /** That a worker waits for the UFS, and for what, says more than that it gave no answer. */
  private ClusterException deadline(AttemptException ending) {
    boolean silent = ending != null && ending.kind() == AttemptException.Kind.TIMED_OUT;
    AttemptException cause = silent && ufsFailure != null ? ufsFailure : ending;
    String reason = cause == null ? "it was never sent" : "the last attempt: " + cause.getMessage();
    return new ClusterException(
        Failure.DEADLINE,
        subject + " did not end before its deadline after " + attempts + " attempts; " + reason,
        cause);
  }

  private Failure finalFailure(AttemptException cause) {
    return switch (cause.kind()) {
      case CLOSED -> Failure.CLOSED;
      case CONNECTION_LOST, TIMED_OUT, BAD_CHECKSUM, NO_CONNECTION, NOT_OPENED -> null;
      case REFUSED ->
          switch (cause.code()) {
            case NOT_FOUND -> Failure.NOT_FOUND;
            case NOT_A_DIRECTORY -> Failure.NOT_A_DIRECTORY;
            case NOT_A_FILE -> Failure.NOT_A_FILE;
            case ACCESS_DENIED -> Failure.ACCESS_DENIED;
            case STALE -> Failure.STALE;
            case BUSY, WORKER_FAILED -> null;
            case UFS_FAILED ->
                !cause.isWaiting() && ++ufsFailures > UFS_RETRIES ? Failure.IO : null;
            case ERROR_UNSPECIFIED,
                INVALID_REQUEST,
                NO_SPACE,
                UNKNOWN_OPCODE,
                UNTRUSTED,
                UNSUPPORTED_VERSION,
                UNRECOGNIZED ->
                Failure.IO;
          };
    };
  }
}
