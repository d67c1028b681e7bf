// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.SdkServiceException;
import software.amazon.awssdk.retries.api.AcquireInitialTokenRequest;
import software.amazon.awssdk.retries.api.AcquireInitialTokenResponse;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.retries.api.RecordSuccessRequest;
import software.amazon.awssdk.retries.api.RecordSuccessResponse;
import software.amazon.awssdk.retries.api.RefreshRetryTokenRequest;
import software.amazon.awssdk.retries.api.RefreshRetryTokenResponse;
import software.amazon.awssdk.retries.api.RetryStrategy;
import software.amazon.awssdk.retries.api.RetryToken;
import software.amazon.awssdk.retries.api.TokenAcquisitionFailedException;

/**
 * The SDK's own retry, which decides what another try may cure and how long to pause, within the
 * deadline of each call and the limits of the store. A try holds its permit while it pauses, so a
 * store that throttles is asked less and less. Thread-safe.
 */
final class S3Retries implements RetryStrategy {
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final Duration THROTTLED = Duration.ofMillis(400);
  private static final Duration LONGEST = Duration.ofSeconds(2);
  private static final Duration LONGEST_THROTTLED = Duration.ofSeconds(5);

  /** The deadline ends the tries, not their number. */
  private static final int TRIES = 10_000;

  /** The call that this thread is starting: the SDK asks for its first token in that thread. */
  private static final ThreadLocal<S3Call> STARTING = new ThreadLocal<>();

  private final RequestGate gate;
  private final Silence silence;
  private final Runnable throttled;
  private final RetryStrategy sdk;

  /** The SDK's token, and the call that it is for. */
  private record Token(RetryToken inner, S3Call call) implements RetryToken {}

  /**
   * @param throttled called for each answer that wants fewer requests
   */
  S3Retries(RequestGate gate, Silence silence, Runnable throttled) {
    this.gate = gate;
    this.silence = silence;
    this.throttled = throttled;
    this.sdk =
        AwsRetryStrategy.standardRetryStrategy().toBuilder()
            .maxAttempts(TRIES)
            .circuitBreakerEnabled(false)
            .backoffStrategy(BackoffStrategy.exponentialDelayHalfJitter(PAUSE, LONGEST))
            .throttlingBackoffStrategy(
                BackoffStrategy.exponentialDelayHalfJitter(THROTTLED, LONGEST_THROTTLED))
            .retryOnException(S3Errors::isUnreadable)
            .retryOnException(S3Errors::isMisfit)
            .build();
  }

  /** Says whose call the SDK is given in this thread, until {@link #started}. */
  static void starting(S3Call call) {
    STARTING.set(call);
  }

  static void started() {
    STARTING.remove();
  }

  @Override
  public AcquireInitialTokenResponse acquireInitialToken(AcquireInitialTokenRequest request) {
    AcquireInitialTokenResponse response = sdk.acquireInitialToken(request);
    return AcquireInitialTokenResponse.create(
        new Token(response.token(), STARTING.get()), response.delay());
  }

  @Override
  public RefreshRetryTokenResponse refreshRetryToken(RefreshRetryTokenRequest request) {
    Token token = (Token) request.token();
    Throwable failure = request.failure();
    if (failure instanceof SdkServiceException) {
      silence.heard();
    } else if (!S3Errors.isNoKeys(failure) && S3Errors.isNoAnswer(failure)) {
      silence.unheard();
    }
    if (S3Errors.isThrottled(failure)) {
      throttled.run();
    }
    if (token.call() != null) {
      token.call().failed(failure);
    }
    if (S3Errors.isMistrust(failure)
        || S3Errors.isNoKeys(failure)
        || (S3Errors.isNoAnswer(failure) && silence.isLong())) {
      throw new TokenAcquisitionFailedException("another try is of no use", token, failure);
    }
    RefreshRetryTokenResponse response =
        sdk.refreshRetryToken(request.toBuilder().token(token.inner()).build());
    Duration pause = response.delay();
    if (token.call() != null) {
      Deadline deadline = token.call().deadline();
      long paced = gate.nanosBeforeAnother(deadline);
      pause = paced > pause.toNanos() ? Duration.ofNanos(paced) : pause;
      if (paced < 0
          || pause.toNanos() >= TimeUnit.MILLISECONDS.toNanos(deadline.remainingMillis())) {
        throw new TokenAcquisitionFailedException("its time is over", token, failure);
      }
    }
    return RefreshRetryTokenResponse.create(new Token(response.token(), token.call()), pause);
  }

  @Override
  public RecordSuccessResponse recordSuccess(RecordSuccessRequest request) {
    silence.heard();
    Token token = (Token) request.token();
    RecordSuccessResponse response = sdk.recordSuccess(RecordSuccessRequest.create(token.inner()));
    return RecordSuccessResponse.create(new Token(response.token(), token.call()));
  }

  @Override
  public int maxAttempts() {
    return TRIES;
  }

  /** What the SDK would add is in it already. */
  @Override
  public boolean useClientDefaults() {
    return false;
  }

  @Override
  public Builder<?, ?> toBuilder() {
    throw new UnsupportedOperationException("it is made once for each store");
  }
}
