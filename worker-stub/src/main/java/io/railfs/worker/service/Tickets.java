// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;

/**
 * What connections of the data service were offered: each has a token, whose first half lets a
 * second connection in, once and for a while, and whose other half is the answer to it.
 * Thread-safe.
 *
 * @param <C> a connection of the data service
 */
final class Tickets<C> {
  /** Bytes of each half. */
  static final int HALF = 16;

  /** Twice what a client takes for a connection that it can have at all. */
  static final long LIFE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final SecureRandom random = new SecureRandom();
  private final Map<ByteString, Ticket<C>> byHalf = new HashMap<>();
  private final LongSupplier clock;

  /**
   * What was offered.
   *
   * @param connection that it was offered to
   * @param answer the second half of its token
   * @param sinceNanos when it was offered
   * @param <C> of its connection
   */
  record Ticket<C>(C connection, ByteString answer, long sinceNanos) {}

  /**
   * @param clock as {@link System#nanoTime}
   */
  Tickets(LongSupplier clock) {
    this.clock = requireNonNull(clock, "clock is null");
  }

  /**
   * Makes one, in place of those that the connection has.
   *
   * @param allows whether there may be one more than so many, which hold now
   * @return its token, both halves; empty where it is not allowed
   */
  synchronized Optional<ByteString> offer(C connection, IntPredicate allows) {
    long now = clock.getAsLong();
    byHalf.values().removeIf(ticket -> ticket.connection == connection || hasExpired(ticket, now));
    if (!allows.test(byHalf.size())) {
      return Optional.empty();
    }
    byte[] token = new byte[2 * HALF];
    random.nextBytes(token);
    ByteString whole = ByteString.copyFrom(token);
    byHalf.put(whole.substring(0, HALF), new Ticket<>(connection, whole.substring(HALF), now));
    return Optional.of(whole);
  }

  private static boolean hasExpired(Ticket<?> ticket, long now) {
    return now - ticket.sinceNanos > LIFE_NANOS;
  }

  /** The one whose first half was brought, which stays; null where none holds. */
  synchronized Ticket<C> find(ByteString half) {
    Ticket<C> ticket = byHalf.get(half);
    return ticket == null || hasExpired(ticket, clock.getAsLong()) ? null : ticket;
  }

  /** The one whose first half was brought, which holds no more; null where none did. */
  synchronized Ticket<C> take(ByteString half) {
    Ticket<C> ticket = find(half);
    byHalf.remove(half);
    return ticket;
  }

  /** What was offered to a connection holds no more. */
  synchronized void withdraw(C connection) {
    byHalf.values().removeIf(ticket -> ticket.connection == connection);
  }
}
