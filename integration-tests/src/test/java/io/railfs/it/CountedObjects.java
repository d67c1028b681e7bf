// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/** Objects that count who asks for them. Thread-safe. */
final class CountedObjects extends ForwardingBlobStore {
  /** Long enough that requests which may overlap do. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final AtomicInteger now = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();
  private final Map<String, Integer> ranges = new ConcurrentHashMap<>();

  CountedObjects(BlobStore objects) {
    super(objects);
  }

  private <T> T counted(Supplier<T> answer) {
    requests.incrementAndGet();
    most.accumulateAndGet(now.incrementAndGet(), Math::max);
    try {
      LockSupport.parkNanos(PAUSE_NANOS);
      return answer.get();
    } finally {
      now.decrementAndGet();
    }
  }

  @Override
  public HeadObjectResponse blobMetadata(HeadObjectRequest request) {
    return counted(() -> super.blobMetadata(request));
  }

  @Override
  public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
    ranges.merge(request.key() + " " + request.range(), 1, Integer::sum);
    return counted(() -> super.getBlob(request));
  }

  /** The most at one time. */
  int most() {
    return most.get();
  }

  int requests() {
    return requests.get();
  }

  /** How often each range of each object was read. */
  Map<String, Integer> ranges() {
    return Map.copyOf(ranges);
  }
}
