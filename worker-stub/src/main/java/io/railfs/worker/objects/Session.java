// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.opendal.AsyncExecutor;
import org.apache.opendal.AsyncOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A native operator with the native threads that run its requests. A request cannot be taken back,
 * but ending the threads drops all of them; only after that may the operator be freed. Its owner
 * makes sure that no call starts once it is retired or closed.
 *
 * <p>The native threads keep a reference to each answer that they gave, for as long as they live
 * (OpenDAL up to 0.48: local references of JNI that nobody deletes). So a session counts what it
 * has answered, and is to be retired when that is too much: it ends with its last request, and the
 * collector gets the answers.
 */
final class Session implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Session.class);

  private static final int THREADS = 4;
  private static final long CLOSE_TIMEOUT_MILLIS = 5_000;

  /** About what an answer without content takes: attributes, or one entry of a listing. */
  private static final int SMALL_ANSWER = 512;

  private final AsyncExecutor executor;
  private final AsyncOperator operator;
  private final KeptAnswers kept;

  /** Requests that nobody waits for, and that have no answer. */
  private final AtomicInteger abandoned = new AtomicInteger();

  /** Requests that have no answer and are not abandoned. */
  private final AtomicInteger waitedFor = new AtomicInteger();

  private final AtomicLong ownKept = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean retired;

  /** Fails with OpenDALException where an option is wrong. */
  Session(StoreLocation location, KeptAnswers kept) {
    this.kept = kept;
    executor = AsyncExecutor.createTokioExecutor(THREADS);
    boolean done = false;
    try {
      operator = AsyncOperator.of(location.scheme(), location.options(), executor);
      done = true;
    } finally {
      if (!done) {
        executor.close();
      }
    }
  }

  /**
   * A request that was started. It counts as waited for until it is answered or abandoned,
   * whichever comes first.
   */
  static final class Request<T> {
    private final CompletableFuture<T> answer;
    private final AtomicBoolean counted = new AtomicBoolean(true);

    private Request(CompletableFuture<T> answer) {
      this.answer = answer;
    }

    CompletableFuture<T> answer() {
      return answer;
    }
  }

  <T> Request<T> start(StoreCall<T> call) {
    waitedFor.incrementAndGet();
    boolean done = false;
    try {
      Request<T> request = new Request<>(call.on(operator));
      CompletableFuture<?> unused =
          request.answer.whenComplete((answer, failure) -> ended(request, answer));
      done = true;
      return request;
    } finally {
      if (!done) {
        waitedFor.decrementAndGet();
      }
    }
  }

  private void ended(Request<?> request, Object answer) {
    long bytes =
        answer instanceof byte[] content
            ? content.length + SMALL_ANSWER
            : answer instanceof Collection<?> entries
                ? (entries.size() + 1L) * SMALL_ANSWER
                : SMALL_ANSWER;
    ownKept.addAndGet(bytes);
    kept.add(bytes);
    leave(request);
  }

  private void leave(Request<?> request) {
    if (request.counted.compareAndSet(true, false)) {
      waitedFor.decrementAndGet();
      closeIfDone();
    }
  }

  /** Whether its answers take more memory than they may. */
  boolean isFull() {
    return kept.isTooMuch(ownKept.get());
  }

  /** Ends it as soon as nobody waits for a request of it. */
  void retire() {
    retired = true;
    closeIfDone();
  }

  private void closeIfDone() {
    if (retired && waitedFor.get() == 0 && closed.compareAndSet(false, true)) {
      end();
    }
  }

  /** Whether it has ended, or is about to. */
  boolean isClosed() {
    return closed.get();
  }

  /** Nobody waits for this request any more, which may be stuck. How many of these there are. */
  int abandon(Request<?> request) {
    int count = abandoned.incrementAndGet();
    CompletableFuture<?> unused =
        request.answer.whenComplete((result, failure) -> abandoned.decrementAndGet());
    leave(request);
    return count;
  }

  /** Drops the requests in flight, whose futures stay open, and frees what is native. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    Thread closer = end();
    try {
      closer.join(CLOSE_TIMEOUT_MILLIS);
      if (closer.isAlive()) {
        log.warn("threads of an object store's client still wait for the network; they end later");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** On a thread of its own: the end of native threads waits for a look-up of a name. */
  private Thread end() {
    Thread closer =
        new Thread(
            () -> {
              executor.close();
              operator.close();
              kept.add(-ownKept.getAndSet(0));
            },
            "railfs-ufs-close");
    closer.setDaemon(true);
    closer.start();
    return closer;
  }
}
