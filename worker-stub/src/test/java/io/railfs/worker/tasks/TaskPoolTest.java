// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class TaskPoolTest {
  /** As where a limit of processes is reached. */
  private static final class NoThread extends Thread {
    NoThread(Runnable task) {
      super(task);
    }

    @Override
    public synchronized void start() {
      throw new OutOfMemoryError("unable to create native thread because the test says so");
    }
  }

  @Test
  void aTaskIsRefusedWhereNoThreadCanBeStartedAndTheNextOneRunsWhereItCan() throws Exception {
    AtomicBoolean none = new AtomicBoolean(true);
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch ran = new CountDownLatch(1);
    try (TaskPool pool =
        new TaskPool("test", 1, 4, task -> none.get() ? new NoThread(task) : new Thread(task))) {
      assertThat(pool.tryExecute(runs::incrementAndGet)).isFalse();
      none.set(false);
      assertThat(pool.tryExecute(ran::countDown)).isTrue();
      assertThat(ran.await(60, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(runs).hasValue(0);
  }

  @Test
  void aTaskThatFailsDoesNotEndItsThread() throws Exception {
    CountDownLatch ran = new CountDownLatch(1);
    AtomicInteger threads = new AtomicInteger();
    try (TaskPool pool =
        new TaskPool(
            "test",
            1,
            4,
            task -> {
              threads.incrementAndGet();
              return new Thread(task);
            })) {
      assertThat(
              pool.tryExecute(
                  () -> {
                    throw new StackOverflowError("because the test says so");
                  }))
          .isTrue();
      assertThat(pool.tryExecute(ran::countDown)).isTrue();
      assertThat(ran.await(60, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(threads).hasValue(1);
  }
}
