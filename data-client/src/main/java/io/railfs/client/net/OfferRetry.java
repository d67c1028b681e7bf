// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static java.util.Objects.requireNonNull;

import io.railfs.base.Backoff;
import io.railfs.protocol.messages.HelloReply;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Asks the worker of a connection again for a way to its blocks that was not to be had or was lost,
 * with growing waits, as long as the connection is there. Lives on its event loop.
 */
final class OfferRetry {
  /** After many failures. */
  static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

  private static final Backoff BACKOFF = new Backoff(Duration.ofSeconds(1), LONGEST_WAIT);

  private final Connection connection;
  private final Duration timeout;
  private final Question question;
  private final Consumer<HelloReply> taker;
  private final Consumer<String> failed;
  private int failures;

  /** Makes a HELLO that asks for that way. */
  interface Question {
    UnaryCall<HelloReply> with(
        long deadlineNanos, BiConsumer<HelloReply, AttemptException> whenEnded);
  }

  /**
   * @param timeout of the answer
   * @param taker of the reply
   * @param failed takes the reason where there is none
   */
  OfferRetry(
      Connection connection,
      Duration timeout,
      Question question,
      Consumer<HelloReply> taker,
      Consumer<String> failed) {
    this.connection = requireNonNull(connection, "connection is null");
    this.timeout = requireNonNull(timeout, "timeout is null");
    this.question = requireNonNull(question, "question is null");
    this.taker = requireNonNull(taker, "taker is null");
    this.failed = requireNonNull(failed, "failed is null");
  }

  /** Asks after a wait, a longer one than the time before. */
  void afterFailure() {
    connection.schedule(this::ask, TimeUnit.NANOSECONDS.toMillis(BACKOFF.delayNanos(failures++)));
  }

  /** Asks after the longest wait. */
  void afterLongestWait() {
    connection.schedule(this::ask, LONGEST_WAIT.toMillis());
  }

  /** The way is there: the next wait is a short one. */
  void reset() {
    failures = 0;
  }

  private void ask() {
    if (!connection.channel().isActive()) {
      return;
    }
    connection.send(
        question.with(
            System.nanoTime() + timeout.toNanos(),
            (hello, cause) -> {
              if (cause != null) {
                failed.accept("the worker did not answer HELLO: " + cause.getMessage());
              } else {
                taker.accept(hello);
              }
            }));
  }
}
