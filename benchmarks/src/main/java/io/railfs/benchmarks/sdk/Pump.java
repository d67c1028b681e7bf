// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.sdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/** Keeps a number of requests under way until all pieces are read or the time is over. */
final class Pump {
  private static final int BUFFER = 1 << 20;
  private static final long LONGEST_SECONDS = 200;

  private final S3AsyncClient client;
  private final String bucket;
  private final List<Piece> pieces;
  private final long endNanos;
  private final AtomicInteger next = new AtomicInteger();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder operations = new LongAdder();

  Pump(S3AsyncClient client, String bucket, List<Piece> pieces, double seconds) {
    this.client = client;
    this.bucket = bucket;
    this.pieces = pieces;
    endNanos = System.nanoTime() + (long) (seconds * 1e9);
  }

  /**
   * Returns when it is done.
   *
   * @param lanes requests under way
   */
  void run(int lanes) throws IOException, InterruptedException {
    CompletableFuture<?>[] ends = new CompletableFuture<?>[lanes];
    for (int i = 0; i < lanes; i++) {
      ends[i] = new CompletableFuture<>();
      go(ByteBuffer.allocate(BUFFER), ends[i]);
    }
    try {
      CompletableFuture.allOf(ends).get(LONGEST_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("a request failed: " + e, e);
    }
  }

  private void go(ByteBuffer buffer, CompletableFuture<?> end) {
    int index = System.nanoTime() - endNanos > 0 ? pieces.size() : next.getAndIncrement();
    if (index >= pieces.size()) {
      end.complete(null);
      return;
    }
    Piece piece = pieces.get(index);
    GetObjectRequest request =
        GetObjectRequest.builder().bucket(bucket).key(piece.key()).range(piece.range()).build();
    CompletableFuture<Void> unused =
        client
            .getObject(request, new Arrival(buffer))
            .handle(
                (count, failure) -> {
                  if (failure != null) {
                    end.completeExceptionally(failure);
                  } else if (piece.length() >= 0 && count != piece.length()) {
                    end.completeExceptionally(new IOException(piece.key() + " ended early"));
                  } else {
                    bytes.add(count);
                    operations.increment();
                    go(buffer, end);
                  }
                  return null;
                });
  }

  long bytes() {
    return bytes.sum();
  }

  long operations() {
    return operations.sum();
  }
}
