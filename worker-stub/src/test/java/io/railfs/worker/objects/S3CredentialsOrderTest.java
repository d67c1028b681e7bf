// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.ResolveIdentityRequest;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/** A place of keys that is asked again before it has answered, or that meets an error. */
final class S3CredentialsOrderTest {
  private static final AwsCredentials OLD = AwsBasicCredentials.create("AKIDOLD", "old");
  private static final AwsCredentials NEW = AwsBasicCredentials.create("AKIDNEW", "new");

  private final Source slow = new Source(OLD);
  private final Source prompt = new Source(NEW);
  private final Iterator<Source> sources = List.of(slow, prompt).iterator();

  /** Gives its keys, or fails where there are none, once it may. */
  private static final class Source implements AwsCredentialsProvider, SdkAutoCloseable {
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch gate = new CountDownLatch(1);
    private volatile AwsCredentials keys;
    private volatile Error error;
    private volatile boolean closed;

    Source(AwsCredentials keys) {
      this.keys = keys;
    }

    @Override
    public AwsCredentials resolveCredentials() {
      asked.countDown();
      try {
        if (!gate.await(60, TimeUnit.SECONDS)) {
          throw new IllegalStateException("the test forgot to open the gate");
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      Error thrown = error;
      if (thrown != null) {
        throw thrown;
      }
      AwsCredentials given = keys;
      if (given == null) {
        throw new IllegalStateException("no keys because the test says so");
      }
      return given;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  /** Has the second answer come before the first; the first one's end is returned. */
  private CompletableFuture<AwsCredentialsIdentity> overtake(S3Credentials credentials)
      throws Exception {
    ResolveIdentityRequest request = ResolveIdentityRequest.builder().build();
    CompletableFuture<AwsCredentialsIdentity> first =
        credentials.resolveIdentity(request).toCompletableFuture();
    assertThat(slow.asked.await(60, TimeUnit.SECONDS)).isTrue();
    prompt.gate.countDown();
    assertThat(credentials.replaced(OLD, Deadline.in(60_000))).isTrue();
    assertThat(credentials.known()).isEqualTo(NEW);
    assertThat(first).isNotDone();
    slow.gate.countDown();
    return first;
  }

  @Test
  void anAnswerThatALaterOneOvertookDoesNotReplaceItsKeys() throws Exception {
    try (S3Credentials credentials = new S3Credentials(sources::next)) {
      assertThat(overtake(credentials).get(60, TimeUnit.SECONDS)).isEqualTo(OLD);
      assertThat(credentials.known()).isEqualTo(NEW);
      assertThat(slow.closed).isTrue();
      assertThat(prompt.closed).isFalse();
    }
    assertThat(prompt.closed).isTrue();
  }

  @Test
  void aFailureThatALaterAnswerOvertookIsNoTrouble() throws Exception {
    slow.keys = null;
    try (S3Credentials credentials = new S3Credentials(sources::next)) {
      CompletableFuture<AwsCredentialsIdentity> first = overtake(credentials);
      assertThatThrownBy(() -> first.get(60, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(S3Credentials.NoKeys.class);
      assertThat(credentials.known()).isEqualTo(NEW);
      assertThat(credentials.trouble()).isEmpty();
      assertThat(slow.closed).isTrue();
      assertThat(prompt.closed).isFalse();
    }
  }

  @Test
  void anErrorOfThePlaceIsAFailureOfIt() throws Exception {
    slow.error = new StackOverflowError("because the test says so");
    slow.gate.countDown();
    try (S3Credentials credentials = new S3Credentials(sources::next)) {
      CompletableFuture<AwsCredentialsIdentity> keys =
          credentials
              .resolveIdentity(ResolveIdentityRequest.builder().build())
              .toCompletableFuture();
      assertThatThrownBy(() -> keys.get(30, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(S3Credentials.NoKeys.class);
      assertThat(credentials.trouble()).contains("because the test says so");
      assertThat(slow.closed).isTrue();
    }
  }
}
