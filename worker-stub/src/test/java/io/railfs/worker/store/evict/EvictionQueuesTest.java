// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.evict;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.worker.store.disk.BlockKey;
import io.railfs.worker.store.disk.StoreDirectory;
import io.railfs.worker.store.disk.StoreException;
import io.railfs.worker.store.disk.StoredBlock;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The policy alone, on traces of block numbers; every block has the same size. */
final class EvictionQueuesTest {
  private static final int CAPACITY = 1_000;

  @TempDir Path path;
  private StoreDirectory directory;
  private Trace trace;

  @BeforeEach
  void open() throws StoreException {
    directory = StoreDirectory.open(path, new LongAdder(), new LongAdder());
    trace = new Trace();
  }

  @AfterEach
  void close() {
    directory.close();
  }

  /** Reads blocks through the queues, and through LRU for comparison. */
  private final class Trace {
    private final Map<Integer, StoredBlock> stored = new HashMap<>();
    private final Map<Integer, Integer> lru = new LinkedHashMap<>(16, 0.75f, true);
    private int hits;
    private int lruHits;
    private int reads;

    /** One pass over a block, of several requests. */
    void read(int block) {
      reads++;
      lruHits += lru.put(block, block) == null ? 0 : 1;
      if (lru.size() > CAPACITY) {
        lru.remove(lru.keySet().iterator().next());
      }
      StoredBlock known = stored.get(block);
      hits += known == null ? 0 : 1;
      if (known == null) {
        while (stored.size() >= CAPACITY) {
          stored.remove(directory.queues().evict().key().index());
        }
        known = new StoredBlock(new BlockKey(block * 7919L, 1, block), directory, 100);
        directory.queues().add(known);
        stored.put(block, known);
      }
      for (int request = 0; request < 4; request++) {
        known.visited();
      }
    }

    void startCounting() {
      hits = 0;
      lruHits = 0;
      reads = 0;
    }

    double hitRatio() {
      return (double) hits / reads;
    }

    double lruHitRatio() {
      return (double) lruHits / reads;
    }
  }

  /** The hot set is read over and over, between the pieces of a pass over cold data. */
  private void readHot(Random random, int blocks, int times) {
    for (int i = 0; i < times; i++) {
      trace.read(random.nextInt(blocks));
    }
  }

  @Test
  void aPassOverDataThatIsReadOnceDoesNotThrowOutTheHotSet() {
    Random random = new Random(7);
    readHot(random, 600, 10_000);
    for (int cold = 0; cold < 5 * CAPACITY; cold++) {
      trace.read(1_000_000 + cold);
    }
    trace.startCounting();
    for (int hot = 0; hot < 600; hot++) {
      trace.read(hot);
    }
    System.out.printf(
        "ratio after a pass of five times the store: %.3f, LRU %.3f%n",
        trace.hitRatio(), trace.lruHitRatio());
    assertThat(trace.hitRatio()).isGreaterThan(0.9);
    assertThat(trace.lruHitRatio()).isZero();
  }

  @Test
  void aHotSetIsHitWhileAPassOverColdDataGoesOn() {
    Random random = new Random(11);
    readHot(random, 800, 20_000);
    trace.startCounting();
    int cold = 1_000_000;
    for (int round = 0; round < 200; round++) {
      readHot(random, 800, 50);
      for (int i = 0; i < 100; i++) {
        trace.read(cold++);
      }
    }
    // A third of the reads are hot.
    System.out.printf(
        "ratio of the hot third: %.3f, LRU %.3f%n", trace.hitRatio() * 3, trace.lruHitRatio() * 3);
    assertThat(trace.hitRatio() * 3).isGreaterThan(0.7);
    assertThat(trace.hitRatio()).isGreaterThan(1.5 * trace.lruHitRatio());
  }

  @Test
  void epochsOverTwiceTheStoreKeepNearlyHalfOfTheirBlocks() {
    for (int epoch = 0; epoch < 6; epoch++) {
      if (epoch == 3) {
        trace.startCounting();
      }
      for (int block = 0; block < 2 * CAPACITY; block++) {
        trace.read(block);
      }
    }
    System.out.printf(
        "ratio of epochs over twice the store: %.3f, LRU %.3f%n",
        trace.hitRatio(), trace.lruHitRatio());
    assertThat(trace.hitRatio()).isGreaterThan(0.35);
    assertThat(trace.lruHitRatio()).isZero();
  }

  @Test
  void aNewHotSetTakesThePlaceOfTheOldOne() {
    Random random = new Random(13);
    readHot(random, 900, 20_000);
    for (int i = 0; i < 20_000; i++) {
      trace.read(5_000 + random.nextInt(900));
    }
    trace.startCounting();
    for (int hot = 5_000; hot < 5_900; hot++) {
      trace.read(hot);
    }
    assertThat(trace.hitRatio()).isGreaterThan(0.95);
  }

  @Test
  void pinnedBlocksAreNeverEvictedAndBlocksThatAreUnpinnedAre() {
    List<StoredBlock> pinned = new ArrayList<>();
    for (int block = 0; block < 100; block++) {
      trace.read(block);
      pinned.add(trace.stored.get(block));
      assertThat(directory.queues().pin(pinned.get(block), Long.MAX_VALUE))
          .isEqualTo(Pinning.PINNED);
    }
    for (int block = 0; block < 10 * CAPACITY; block++) {
      trace.read(1_000 + block);
    }
    assertThat(pinned).allMatch(StoredBlock::isPinned);
    assertThat(directory.queues().pinnedBytes()).isEqualTo(100 * 100);
    StoredBlock last = trace.stored.get(1_000 + 10 * CAPACITY - 1);
    assertThat(directory.queues().pin(last, 100 * 100)).isEqualTo(Pinning.NO_SPACE);
    pinned.forEach(block -> assertThat(directory.queues().unpin(block)).isTrue());
    assertThat(pinned).noneMatch(block -> directory.queues().unpin(block));
    int evicted = 0;
    while (directory.queues().evict() != null) {
      evicted++;
    }
    assertThat(evicted).isEqualTo(CAPACITY);
    assertThat(pinned).allMatch(StoredBlock::isGone);
    assertThat(directory.queues().pin(pinned.get(0), Long.MAX_VALUE)).isEqualTo(Pinning.ABSENT);
  }

  @Test
  void theSketchCountsVisitsAndForgetsThem() {
    VisitSketch sketch = new VisitSketch();
    sketch.reserve(10_000);
    for (int i = 0; i < 10_000; i++) {
      for (int visit = 0; visit <= i % 4; visit++) {
        sketch.add(key(i));
      }
    }
    int right = 0;
    for (int i = 0; i < 10_000; i++) {
      assertThat(sketch.count(key(i))).isGreaterThanOrEqualTo(i % 4 + 1);
      right += sketch.count(key(i)) == i % 4 + 1 ? 1 : 0;
    }
    assertThat(right).isGreaterThan(9_000);
    for (int i = 0; i < 4; i++) {
      for (int visit = 0; visit < 200_000; visit++) {
        sketch.add(key(-1 - visit % 7));
      }
      sketch.age();
    }
    assertThat(sketch.count(key(3))).isLessThan(4);
  }

  private static long key(int i) {
    return i * 0x9E3779B97F4A7C15L ^ (i & 7) * 0x9E3779B97F4A7C15L;
  }
}
