package io.railfs.worker.objects;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.opendal.AsyncExecutor;
import org.apache.opendal.AsyncOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A native operator with the native threads that run its requests. A request cannot be taken back,
 * but ending the threads drops all of them; only after that may the operator be freed. Its owner
 * makes sure that no call starts once it is closed.
 */
final class Session implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Session.class);

  private static final int THREADS = 4;
  private static final long CLOSE_TIMEOUT_MILLIS = 5_000;

  private final AsyncExecutor executor;
  private final AsyncOperator operator;
  private final AtomicInteger abandoned = new AtomicInteger();

  /** Fails with OpenDALException where an option is wrong. */
  Session(StoreLocation location) {
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
    return call.on(operator);
  }

  /** Nobody waits for this request any more, which may be stuck. How many of these there are. */
  int abandon(CompletableFuture<?> request) {
    int count = abandoned.incrementAndGet();
    CompletableFuture<?> unused =
        request.whenComplete((result, failure) -> abandoned.decrementAndGet());
    return count;
  }

  /** Drops the requests in flight, whose futures stay open, and frees what is native. */
  @Override
  public void close() {
    // On a thread of its own: the end of native threads waits for a look-up of a name.
    Thread closer =
        new Thread(
            () -> {
              executor.close();
              operator.close();
            },
            "railfs-ufs-close");
    closer.setDaemon(true);
    closer.start();
    try {
      closer.join(CLOSE_TIMEOUT_MILLIS);
      if (closer.isAlive()) {
        log.warn("threads of an object store's client still wait for the network; they end later");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
