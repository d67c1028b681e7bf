// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static java.util.Objects.requireNonNull;

/** A request to an object store failed; the message is a phrase without secrets. */
final class ObjectException extends Exception {
  private static final long serialVersionUID = 1;

  /** What went wrong, by what to do about it. */
  enum Kind {
    NOT_FOUND,
    DENIED,
    /** It does not take signatures of this time: this machine's clock is wrong. */
    CLOCK,
    /** The bucket does not exist, or an option is wrong. */
    MISCONFIGURED,
    /** The object has another version than the one asked for. */
    STALE,
    /** The range asked for is not in the object, or it is a directory. */
    OTHER_OBJECT,
    UNSUPPORTED,
    /** Our own limits leave no room within the deadline. */
    LIMITED,
    /** No connection: another try may succeed. */
    NO_ANSWER,
    /** No answer in time: another try may succeed. */
    TIMEOUT,
    /** It wants fewer requests, by 503 or 429: another try may succeed. */
    THROTTLED,
    /** Broken connections, other 5xx, answers that cannot be: another try may succeed. */
    TEMPORARY,
    /** 400 without a code, as answers to HEAD have no body: a request with one says more. */
    UNEXPLAINED,
    /** The worker stops, or nobody waits any more. */
    CANCELLED,
    PERMANENT
  }

  private final Kind kind;

  ObjectException(Kind kind, String message) {
    super(message);
    this.kind = requireNonNull(kind, "kind is null");
  }

  Kind kind() {
    return kind;
  }
}
