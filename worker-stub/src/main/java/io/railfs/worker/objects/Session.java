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
  private final AtomicInteger abandoned = new AtomicInteger();
  private final AtomicInteger inFlight = new AtomicInteger();
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

  <T> CompletableFuture<T> start(StoreCall<T> call) {
    inFlight.incrementAndGet();
    boolean done = false;
    try {
      CompletableFuture<T> request = call.on(operator);
      CompletableFuture<?> unused = request.whenComplete((answer, failure) -> ended(answer));
      done = true;
      return request;
    } finally {
      if (!done) {
        inFlight.decrementAndGet();
      }
    }
  }

  private void ended(Object answer) {
    long bytes =
        answer instanceof byte[] content
            ? content.length + SMALL_ANSWER
            : answer instanceof Collection<?> entries
                ? (entries.size() + 1L) * SMALL_ANSWER
                : SMALL_ANSWER;
    ownKept.addAndGet(bytes);
    kept.add(bytes);
    inFlight.decrementAndGet();
    closeIfDone();
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
    // Those that were abandoned are counted in both.
    if (retired && inFlight.get() <= abandoned.get() && closed.compareAndSet(false, true)) {
      end();
    }
  }

  /** Nobody waits for this request any more, which may be stuck. How many of these there are. */
  int abandon(CompletableFuture<?> request) {
    int count = abandoned.incrementAndGet();
    CompletableFuture<?> unused =
        request.whenComplete((result, failure) -> abandoned.decrementAndGet());
    closeIfDone();
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
