// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** The headers of a GET, whose body is not wanted. */
final class HeadersOnly implements AsyncResponseTransformer<GetObjectResponse, GetObjectResponse> {
  private volatile CompletableFuture<GetObjectResponse> future = new CompletableFuture<>();
  private volatile GetObjectResponse response;

  @Override
  public CompletableFuture<GetObjectResponse> prepare() {
    future = new CompletableFuture<>();
    return future;
  }

  @Override
  public void onResponse(GetObjectResponse answer) {
    response = answer;
  }

  @Override
  public void onStream(SdkPublisher<ByteBuffer> body) {
    CompletableFuture<GetObjectResponse> ending = future;
    body.subscribe(
        new Subscriber<>() {
          private Subscription subscription;

          @Override
          public void onSubscribe(Subscription given) {
            subscription = given;
            given.request(1);
          }

          /** More than the one byte that was asked for is not waited for. */
          @Override
          public void onNext(ByteBuffer bytes) {
            if (bytes.remaining() > 1) {
              ending.complete(response);
              subscription.cancel();
            } else {
              subscription.request(1);
            }
          }

          @Override
          public void onError(Throwable failure) {
            ending.completeExceptionally(failure);
          }

          @Override
          public void onComplete() {
            ending.complete(response);
          }
        });
  }

  @Override
  public void exceptionOccurred(Throwable failure) {
    future.completeExceptionally(failure);
  }
}
