// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A session that is retired ends with the last request that somebody waits for. */
final class SessionTest {
  private Session session;

  @BeforeEach
  void start() throws ObjectException {
    // Nobody listens there, and nobody is asked.
    Map<String, String> options =
        Map.of(
            "endpoint",
            "http://127.0.0.1:1",
            "region",
            "us-east-1",
            "access_key_id",
            "id",
            "secret_access_key",
            "secret");
    session = new Session(StoreLocation.of("s3://bucket/", options), new KeptAnswers(1L << 20));
  }

  @AfterEach
  void stop() {
    session.close();
  }

  /** Is answered just when it is being abandoned: between that it counts and what takes it back. */
  private static final class AnsweredLate extends CompletableFuture<String> {
    private boolean watched;

    @Override
    public CompletableFuture<String> whenComplete(
        BiConsumer<? super String, ? super Throwable> action) {
      if (watched) {
        complete("late");
      }
      watched = true;
      return super.whenComplete(action);
    }
  }

  @Test
  void anAnswerToARequestThatIsBeingAbandonedDoesNotEndTheOthers() {
    CompletableFuture<String> live = new CompletableFuture<>();
    Session.Request<String> first = session.start(operator -> new AnsweredLate());
    Session.Request<String> second = session.start(operator -> live);
    session.retire();
    assertThat(session.abandon(first)).isOne();
    assertThat(first.answer()).isDone();
    assertThat(second.answer()).isNotDone();
    assertThat(session.isClosed()).isFalse();
    live.complete("answer");
    assertThat(session.isClosed()).isTrue();
  }

  @Test
  void aRetiredSessionDoesNotWaitForRequestsThatAreAbandoned() {
    CompletableFuture<String> live = new CompletableFuture<>();
    CompletableFuture<String> stuck = new CompletableFuture<>();
    Session.Request<String> first = session.start(operator -> stuck);
    Session.Request<String> second = session.start(operator -> live);
    assertThat(session.abandon(first)).isOne();
    session.retire();
    assertThat(session.isClosed()).isFalse();
    assertThat(session.abandon(second)).isEqualTo(2);
    assertThat(session.isClosed()).isTrue();
  }

  @Test
  void anAnswerThatComesAfterAllTakesARequestBackFromTheAbandonedOnes() {
    CompletableFuture<String> stuck = new CompletableFuture<>();
    CompletableFuture<String> live = new CompletableFuture<>();
    Session.Request<String> first = session.start(operator -> stuck);
    Session.Request<String> second = session.start(operator -> live);
    assertThat(session.abandon(first)).isOne();
    stuck.complete("late");
    session.retire();
    assertThat(session.isClosed()).isFalse();
    assertThat(session.abandon(second)).isOne();
    assertThat(session.isClosed()).isTrue();
  }
}
