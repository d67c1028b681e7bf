// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.sdk;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Copies a body into a buffer, over and over, as a program that reads does; gives its length. */
final class Arrival implements AsyncResponseTransformer<GetObjectResponse, Long> {
  private final ByteBuffer buffer;
  private volatile CompletableFuture<Long> future = new CompletableFuture<>();

  Arrival(ByteBuffer buffer) {
    this.buffer = buffer;
  }

  @Override
  public CompletableFuture<Long> prepare() {
    future = new CompletableFuture<>();
    return future;
  }

  @Override
  public void onResponse(GetObjectResponse response) {}

  @Override
  public void onStream(SdkPublisher<ByteBuffer> body) {
    CompletableFuture<Long> ending = future;
    body.subscribe(
        new Subscriber<>() {
          private long count;

          @Override
          public void onSubscribe(Subscription subscription) {
            buffer.clear();
            subscription.request(Long.MAX_VALUE);
          }

          @Override
          public void onNext(ByteBuffer bytes) {
            count += bytes.remaining();
            if (bytes.remaining() > buffer.remaining()) {
              buffer.clear();
            }
            buffer.put(bytes);
          }

          @Override
          public void onError(Throwable failure) {
            ending.completeExceptionally(failure);
          }

          @Override
          public void onComplete() {
            ending.complete(count);
          }
        });
  }

  @Override
  public void exceptionOccurred(Throwable failure) {
    future.completeExceptionally(failure);
  }
}
