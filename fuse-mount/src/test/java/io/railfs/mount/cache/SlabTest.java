// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class SlabTest {
  /** Of several segments, the last of which is short. */
  private static final int CAPACITY = 1_000;

  @Test
  void manyThreadsTakeEachSlotOnceWhileTheSlabGrows() throws Exception {
    Slab slab = new Slab(CAPACITY, 64);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<List<Integer>>> takers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        takers.add(threads.submit(() -> takeAll(slab)));
      }
      Set<Integer> taken = new HashSet<>();
      int count = 0;
      for (Future<List<Integer>> taker : takers) {
        List<Integer> slots = taker.get(20, TimeUnit.SECONDS);
        taken.addAll(slots);
        count += slots.size();
      }
      assertThat(count).isEqualTo(CAPACITY);
      assertThat(taken).hasSize(CAPACITY);
    } finally {
      threads.shutdownNow();
    }
    assertThat(slab.used()).isEqualTo(CAPACITY);
    slab.give(7);
    assertThat(slab.take(System.nanoTime())).isEqualTo(7);
    assertThat(slab.take(System.nanoTime() + 1_000_000)).isEqualTo(-1);
  }

  /** What its number says is its own. */
  private static List<Integer> takeAll(Slab slab) {
    List<Integer> slots = new ArrayList<>();
    for (int slot = slab.tryTake(); slot >= 0; slot = slab.tryTake()) {
      assertThat(slab.buffer(slot).capacity()).isEqualTo(64);
      assertThat(slab.buffer(slot).getInt(0)).as("slot %d is nobody else's", slot).isZero();
      slab.buffer(slot).putInt(0, slot + 1);
      slots.add(slot);
    }
    return slots;
  }

  @Test
  void anInterruptedThreadGetsItsSlotAndStaysInterrupted() {
    Slab slab = new Slab(CAPACITY, 64);
    Thread.currentThread().interrupt();
    for (int i = 0; i < CAPACITY; i++) {
      assertThat(slab.tryTake()).isNotNegative();
    }
    assertThat(Thread.interrupted()).isTrue();
    assertThat(slab.tryTake()).isEqualTo(-1);
  }

  @Test
  void itGrowsBeforeAReaderNeedsIt() {
    Slab slab = new Slab(CAPACITY, 64);
    slab.growInTime();
    await().until(() -> slab.free() > 0);
    assertThat(slab.used()).isZero();
  }

  @Test
  void whereNoThreadCanBeStartedEachSlotIsTakenAndGivenBackAsEver() {
    AtomicInteger tried = new AtomicInteger();
    Slab slab =
        new Slab(
            CAPACITY,
            64,
            grow -> {
              tried.incrementAndGet();
              // As the JVM says that the system's limit of threads is reached.
              throw new OutOfMemoryError("unable to create native thread");
            });
    assertThatCode(slab::growInTime).doesNotThrowAnyException();
    List<Integer> taken = new ArrayList<>();
    assertThatCode(() -> taken.addAll(takeAll(slab))).doesNotThrowAnyException();
    assertThat(taken).hasSize(CAPACITY).doesNotHaveDuplicates();
    assertThat(slab.used()).isEqualTo(CAPACITY);
    assertThat(tried).as("once for each segment").hasValue(8);
    for (int slot = 0; slot < CAPACITY; slot++) {
      slab.give(slot);
    }
    assertThat(slab.used()).isZero();
    assertThat(slab.free()).isEqualTo(CAPACITY);
  }
}
