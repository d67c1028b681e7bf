// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Few threads wait for requests, and all are there where requests take long. */
final class ReadyThreadsTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int THREADS = 16;
  private static final int MAX = 4;

  private final ReadyThreads ready = new ReadyThreads(MAX);
  private final BlockingQueue<Runnable> requests = new LinkedBlockingQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicInteger maxWaiting = new AtomicInteger();
  private final AtomicInteger answered = new AtomicInteger();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean ended;

  @BeforeEach
  void start() {
    for (int i = 0; i < THREADS; i++) {
      Thread thread = new Thread(this::serve);
      threads.add(thread);
      thread.start();
    }
  }

  @AfterEach
  void allEnd() throws Exception {
    ready.close(THREADS);
    for (int i = 0; i < THREADS; i++) {
      requests.add(() -> {});
    }
    for (Thread thread : threads) {
      thread.join(TIMEOUT.toMillis());
      assertThat(thread.isAlive()).isFalse();
    }
  }

  private void serve() {
    try {
      // As the session's: one that waits leaves when its wait brings an end.
      while (ready.begin()) {
        maxWaiting.accumulateAndGet(waiting.incrementAndGet(), Math::max);
        Runnable request = requests.take();
        waiting.decrementAndGet();
        ready.end();
        request.run();
        answered.incrementAndGet();
        if (ended) {
          return;
        }
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void fewWaitAndAllWorkWhereEachRequestTakesLong() throws Exception {
    await().atMost(TIMEOUT).until(() -> waiting.get() == MAX);
    CountDownLatch all = new CountDownLatch(THREADS);
    CountDownLatch go = new CountDownLatch(1);
    for (int i = 0; i < THREADS; i++) {
      requests.add(
          () -> {
            all.countDown();
            awaitQuietly(go);
          });
    }
    assertThat(all.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    go.countDown();
    await().atMost(TIMEOUT).until(() -> answered.get() == THREADS && waiting.get() == MAX);
    assertThat(maxWaiting.get()).isLessThanOrEqualTo(MAX);
    ended = true;
  }

  @Test
  void noRequestIsLeftWhateverItsLength() {
    int count = 20_000;
    for (int i = 0; i < count; i++) {
      int length = i % 7 == 0 ? i % 50 : 0;
      requests.add(() -> LockSupport.parkNanos(length * 1_000L));
    }
    await().atMost(TIMEOUT).until(() -> answered.get() == count);
    assertThat(maxWaiting.get()).isLessThanOrEqualTo(MAX);
    ended = true;
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
