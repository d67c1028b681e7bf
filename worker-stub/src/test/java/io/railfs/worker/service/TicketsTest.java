// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class TicketsTest {
  private final AtomicLong now = new AtomicLong(-5);
  private final Tickets<String> tickets = new Tickets<>(now::get);

  private ByteString offer(String connection) {
    return tickets.offer(connection, others -> true).orElseThrow();
  }

  private static ByteString half(ByteString token) {
    return token.substring(0, Tickets.HALF);
  }

  @Test
  void aTokenHoldsOnceAndItsOtherHalfIsTheAnswer() {
    ByteString token = offer("a");
    assertThat(token.size()).isEqualTo(2 * Tickets.HALF);
    assertThat(tickets.take(token.substring(Tickets.HALF))).isNull();
    Tickets.Ticket<String> ticket = tickets.take(half(token));
    assertThat(ticket.connection()).isEqualTo("a");
    assertThat(ticket.answer()).isEqualTo(token.substring(Tickets.HALF));
    assertThat(tickets.take(half(token))).isNull();
  }

  @Test
  void aConnectionHasOneAndNoneOnceItHasEnded() {
    ByteString first = offer("a");
    ByteString second = offer("a");
    ByteString other = offer("b");
    assertThat(tickets.find(half(first))).isNull();
    assertThat(tickets.find(half(second))).isNotNull();
    tickets.withdraw("a");
    assertThat(tickets.find(half(second))).isNull();
    assertThat(tickets.find(half(other))).isNotNull();
  }

  @Test
  void thoseOfOthersThatHoldAreCounted() {
    offer("a");
    offer("b");
    // Its own one is replaced.
    assertThat(tickets.offer("b", others -> others < 1)).isEmpty();
    assertThat(tickets.offer("b", others -> others < 2)).isPresent();
    assertThat(tickets.offer("c", others -> others < 2)).isEmpty();
    assertThat(tickets.offer("c", others -> others < 3)).isPresent();
  }

  @Test
  void oneThatNobodyBringsExpiresAndCountsNoMore() {
    ByteString token = offer("a");
    now.addAndGet(Tickets.LIFE_NANOS);
    assertThat(tickets.find(half(token))).isNotNull();
    assertThat(tickets.offer("b", others -> others < 1)).isEmpty();
    now.incrementAndGet();
    assertThat(tickets.find(half(token))).isNull();
    assertThat(tickets.offer("b", others -> others < 1)).isPresent();
    assertThat(tickets.take(half(token))).isNull();
  }
}
