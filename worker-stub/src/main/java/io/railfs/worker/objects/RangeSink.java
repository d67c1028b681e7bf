// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.protocol.FileVersion;
import io.railfs.worker.objects.ObjectException.Kind;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Where the body of one ranged GET goes: into the buffer that waits for it, with one copy. The
 * answer's own headers must say that it is that range of that version. Its future says whether they
 * did.
 *
 * <p>The buffer is somebody else's again once the read is over, so nothing is written after {@link
 * #close}, nor by a try that another one has followed.
 */
final class RangeSink implements AsyncResponseTransformer<GetObjectResponse, Boolean> {
  /** Pieces of a body that may wait for their turn; each is 8 KiB at most. */
  private static final int WINDOW = 32;

  /** Chars of a header that a message shows. */
  private static final int LONGEST_TOLD = 60;

  private final FileVersion version;
  private final long offset;
  private final ByteBuffer target;
  private final int length;
  private final Object lock = new Object();
  private Try last;
  private boolean closed;

  /**
   * @param target what remains of it is the range; its position stays
   */
  RangeSink(FileVersion version, long offset, ByteBuffer target) {
    this.version = version;
    this.offset = offset;
    this.target = target.slice();
    this.length = target.remaining();
  }

  int length() {
    return length;
  }

  String range() {
    return "bytes=" + offset + "-" + (offset + length - 1);
  }

  /** From now on nothing is written. */
  void close() {
    synchronized (lock) {
      closed = true;
    }
  }

  @Override
  public CompletableFuture<Boolean> prepare() {
    synchronized (lock) {
      last = new Try();
      target.clear();
      return last.future;
    }
  }

  private Try last() {
    synchronized (lock) {
      return last;
    }
  }

  @Override
  public void onResponse(GetObjectResponse response) {
    last().check(response);
  }

  @Override
  public void onStream(SdkPublisher<ByteBuffer> body) {
    body.subscribe(last());
  }

  @Override
  public void exceptionOccurred(Throwable failure) {
    last().future.completeExceptionally(failure);
  }

  /** One try of the request. */
  private final class Try implements Subscriber<ByteBuffer> {
    private final CompletableFuture<Boolean> future = new CompletableFuture<>();
    private Subscription subscription;
    private boolean proven;

    void check(GetObjectResponse answer) {
      String range = answer.contentRange();
      String expected = "bytes " + offset + "-" + (offset + length - 1) + "/" + version.size();
      boolean whole =
          range == null
              && offset == 0
              && length == version.size()
              && answer.contentLength() != null
              && answer.contentLength() == length;
      if (whole || expected.equals(range)) {
        checkVersion(answer);
      } else if (range == null) {
        fail(Kind.PERMANENT, "its answer to a ranged GET has no Content-Range");
      } else if (!range.endsWith("/" + version.size()) && !range.endsWith("/*")) {
        fail(Kind.STALE, "its size is another one");
      } else {
        future.completeExceptionally(
            new S3Errors.UnfitAnswer(
                "it gives the range '" + plain(range) + "' for '" + expected + "'"));
      }
    }

    private void checkVersion(GetObjectResponse answer) {
      FileVersion answered =
          ObjectAttributes.file(version.size(), answer.lastModified(), answer.eTag()).version();
      boolean known = answer.lastModified() != null;
      proven = known && (answer.eTag() != null || version.etag().isEmpty());
      boolean other =
          (known && answered.mtimeNanos() != version.mtimeNanos())
              || (answer.eTag() != null && !answered.etag().equals(version.etag()));
      if (other) {
        fail(Kind.STALE, "it has changed");
      }
    }

    private static String plain(String header) {
      String text = header.replaceAll("[^A-Za-z0-9 */-]", "");
      return text.substring(0, Math.min(LONGEST_TOLD, text.length()));
    }

    private void fail(Kind kind, String phrase) {
      future.completeExceptionally(new S3Errors.ObjectFailure(kind, phrase));
    }

    @Override
    public void onSubscribe(Subscription given) {
      subscription = given;
      if (future.isDone()) {
        given.cancel();
      } else {
        given.request(WINDOW);
      }
    }

    @Override
    public void onNext(ByteBuffer bytes) {
      synchronized (lock) {
        boolean wanted = !closed && last == this && !future.isDone();
        if (wanted && bytes.remaining() <= target.remaining()) {
          target.put(bytes);
        } else {
          future.completeExceptionally(
              new S3Errors.UnfitAnswer("its answer is longer than the range that was asked for"));
          subscription.cancel();
          return;
        }
      }
      subscription.request(1);
    }

    @Override
    public void onError(Throwable failure) {
      future.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      int missing;
      synchronized (lock) {
        missing = last == this ? target.remaining() : length;
      }
      if (missing == 0) {
        future.complete(proven);
      } else {
        future.completeExceptionally(
            new S3Errors.UnfitAnswer("its answer ended " + missing + " bytes early"));
      }
    }
  }
}
